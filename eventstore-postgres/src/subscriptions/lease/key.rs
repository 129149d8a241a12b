use eventstore_core::SubscriptionId;

/// The second half of a lock's key is an `int4`: larger ids are reduced by this number.
const KEY_MODULUS: i64 = 2_147_483_647;

pub(crate) fn lock_key(id: SubscriptionId) -> i32 {
    let id = id.get();
    let reduced = if id > KEY_MODULUS { id % KEY_MODULUS } else { id };
    i32::try_from(reduced).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviours: R8.60.
    #[test]
    fn reduces_ids_that_no_lock_key_can_hold() {
        assert_eq!(lock_key(SubscriptionId::new(1)), 1);
        assert_eq!(lock_key(SubscriptionId::new(KEY_MODULUS)), i32::MAX);
        assert_eq!(lock_key(SubscriptionId::new(KEY_MODULUS + 5)), 5);
    }
}
