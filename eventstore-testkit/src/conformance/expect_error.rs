/// Takes a result that has to be an error of this form.
macro_rules! expect_error {
    ($result:expr, $pattern:pat $(if $guard:expr)?) => {
        match $result {
            Err($pattern) $(if $guard)? => {}
            other => panic!("expected: {}\n       got: {other:?}", stringify!($pattern $(if $guard)?)),
        }
    };
}

pub(super) use expect_error;
