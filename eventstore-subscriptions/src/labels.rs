use eventstore_core::SubscriptionKey;

/// The labels of a subscription's measurements; `store` distinguishes its store from the others of the process.
pub(crate) fn labels(store: &str, key: &SubscriptionKey) -> [(&'static str, String); 3] {
    [
        ("schema", store.to_owned()),
        ("subscription", key.name.as_str().to_owned()),
        ("stream", key.selector.as_str().to_owned()),
    ]
}
