/// Makes a module of each group.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_groups {
    ($selection:tt $(
        $role:ident: $group:ident { $($case:ident,)* $([$($need:ident)+] { $($needing:ident,)* })* }
    )*) => {
        $(
            #[cfg(test)]
            mod $group {
                $crate::conformance_tests! { $selection [$role] $group { $($case)* } }
                $($crate::conformance_tests! { $selection [$role $($need)+] $group { $($needing)* } })*
            }
        )*
    };
}

/// Makes the tests of some cases of a group that need the same, roles before abilities: all of them, all of them ignored
/// for want of an ability, or none for want of a role.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    (@ $attribute:tt $group:ident { $($case:ident)* }) => {
        $($crate::conformance_test! { $attribute $group $case })*
    };
    (((yes $($roles:tt)*) $abilities:tt) [streams $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { ((yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt yes $($roles:tt)*) $abilities:tt) [links $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt yes $($roles:tt)*) $abilities:tt) [lookup $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt yes $($roles:tt)*) $abilities:tt) [imports $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt yes $($roles:tt)*) $abilities:tt) [deletes $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt yes $($roles:tt)*) $abilities:tt) [snapshots $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt yes $($roles:tt)*) $abilities:tt) [subscriptions $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt yes $($roles:tt)*) $abilities:tt) [administration $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n $u yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt yes $($roles:tt)*) $abilities:tt) [parking $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n $u $a yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt yes $($roles:tt)*) $abilities:tt) [projections $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n $u $a $p yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt yes $($roles:tt)*) $abilities:tt) [tracing $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n $u $a $p $j yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt yes $($roles:tt)*) $abilities:tt) [statistics $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n $u $a $p $j $t yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt yes $($roles:tt)*) $abilities:tt) [groups $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n $u $a $p $j $t $q yes $($roles)*) $abilities) [$($more)*] $($rest)* }
    };
    ((($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt yes) $abilities:tt) [catalog $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_tests! { (($s $l $k $i $d $n $u $a $p $j $t $q $g yes) $abilities) [$($more)*] $($rest)* }
    };
    (($roles:tt (no $($abilities:tt)*)) [put_empty_stream] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `put_empty_stream`"]] $($rest)* }
    };
    (($roles:tt ($e:tt no $($abilities:tt)*)) [store_without_hard_deletes] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `store_without_hard_deletes`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt no $($abilities:tt)*)) [cut_notifications] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `cut_notifications`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt $n:tt no $($abilities:tt)*)) [cut_leases] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `cut_leases`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt $n:tt $l:tt no $($abilities:tt)*)) [close_store] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `close_store`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt $n:tt $l:tt $c:tt no $($abilities:tt)*)) [reopen] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `reopen`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt $n:tt $l:tt $c:tt $r:tt no $h:tt)) [effects] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `effects`"]] $($rest)* }
    };
    (($roles:tt ($e:tt $w:tt $n:tt $l:tt $c:tt $r:tt $f:tt no)) [forge_hint] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [#[ignore = "the harness cannot do `forge_hint`"]] $($rest)* }
    };
    ($selection:tt [streams $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [links $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [lookup $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [tracing $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [imports $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [deletes $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [snapshots $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [subscriptions $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [administration $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [parking $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [projections $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [statistics $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [groups $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [catalog $($more:ident)*] $($rest:tt)*) => {};
    ($selection:tt [$($ability:ident)?] $($rest:tt)*) => {
        $crate::conformance_tests! { @ [] $($rest)* }
    };
}

/// Makes the test of one case.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_test {
    ([$($attribute:tt)*] $group:ident $case:ident) => {
        #[test]
        $($attribute)*
        fn $case() {
            $crate::conformance::run(
                super::open_for_conformance,
                concat!(stringify!($group), "::", stringify!($case)),
                |harness| Box::pin($crate::conformance::$group::$case(harness)),
            );
        }
    };
}
