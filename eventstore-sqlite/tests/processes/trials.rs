/// Makes tests of functions, and a function that lists them.
macro_rules! trials {
    ($($case:ident,)*) => {
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$($crate::trials::trial(module_path!(), stringify!($case), $case)),*]
        }
    };
}
pub(crate) use trials;

use libtest_mimic::Trial;
use tokio::runtime::Runtime;

pub(crate) fn trial<F>(module: &str, name: &str, case: fn() -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    let module = module.rsplit("::").next().unwrap_or(module);
    Trial::test(format!("{module}::{name}"), move || {
        Runtime::new()?.block_on(case());
        Ok(())
    })
}
