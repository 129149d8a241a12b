/// Finds out which roles and abilities there are to be, and makes the tests.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_selection {
    (roles ($_:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [streams $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles (yes $l $k $i $d $n $u $a $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $_:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [links $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s yes $k $i $d $n $u $a $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $_:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [lookup $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l yes $i $d $n $u $a $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $_:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [imports $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k yes $d $n $u $a $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $_:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [deletes $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i yes $n $u $a $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $_:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [snapshots $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d yes $u $a $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $_:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [subscriptions $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n yes $a $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $_:tt $p:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [administration $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n $u yes $p $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $_:tt $j:tt $t:tt $q:tt $g:tt $b:tt) [parking $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n $u $a yes $j $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $_:tt $t:tt $q:tt $g:tt $b:tt) [projections $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n $u $a $p yes $t $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $_:tt $q:tt $g:tt $b:tt) [tracing $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n $u $a $p $j yes $q $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $_:tt $g:tt $b:tt) [statistics $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n $u $a $p $j $t yes $g $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $_:tt $b:tt) [groups $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n $u $a $p $j $t $q yes $b) [$($more)*] $($rest)* }
    };
    (roles ($s:tt $l:tt $k:tt $i:tt $d:tt $n:tt $u:tt $a:tt $p:tt $j:tt $t:tt $q:tt $g:tt $_:tt) [catalog $($more:ident)*] $($rest:tt)*) => {
        $crate::conformance_selection! { roles ($s $l $k $i $d $n $u $a $p $j $t $q $g yes) [$($more)*] $($rest)* }
    };
    (roles $_:tt [$unknown:ident $($more:ident)*] $($rest:tt)*) => {
        compile_error!(concat!(
            "there is no role `", stringify!($unknown),
            "`: there are streams, links, lookup, imports, deletes, snapshots, subscriptions, administration, parking, \
             projections, tracing, statistics, groups and catalog"
        ));
    };
    (roles $roles:tt [] abilities ($_:tt $w:tt $n:tt $l:tt $c:tt $r:tt $f:tt $h:tt) [put_empty_stream $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities (no $w $n $l $c $r $f $h) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $_:tt $n:tt $l:tt $c:tt $r:tt $f:tt $h:tt) [store_without_hard_deletes $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e no $n $l $c $r $f $h) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $_:tt $l:tt $c:tt $r:tt $f:tt $h:tt) [cut_notifications $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w no $l $c $r $f $h) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $n:tt $_:tt $c:tt $r:tt $f:tt $h:tt) [cut_leases $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w $n no $c $r $f $h) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $n:tt $l:tt $_:tt $r:tt $f:tt $h:tt) [close_store $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w $n $l no $r $f $h) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $n:tt $l:tt $c:tt $_:tt $f:tt $h:tt) [reopen $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w $n $l $c no $f $h) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $n:tt $l:tt $c:tt $r:tt $_:tt $h:tt) [effects $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w $n $l $c $r no $h) [$($more)*] }
    };
    (roles $roles:tt [] abilities ($e:tt $w:tt $n:tt $l:tt $c:tt $r:tt $f:tt $_:tt) [forge_hint $($more:ident)*]) => {
        $crate::conformance_selection! { roles $roles [] abilities ($e $w $n $l $c $r $f no) [$($more)*] }
    };
    (roles $roles:tt [] abilities $_:tt [$unknown:ident $($more:ident)*]) => {
        compile_error!(concat!(
            "there is no ability `", stringify!($unknown),
            "`: there are put_empty_stream, store_without_hard_deletes, cut_notifications, cut_leases, close_store, reopen, \
             effects and forge_hint"
        ));
    };
    (roles $roles:tt [] abilities $abilities:tt []) => {
        $crate::conformance_cases_of_streams! { [$crate::conformance_groups] ($roles $abilities) }
        $crate::conformance_cases_of_links_deletes_and_snapshots! { [$crate::conformance_groups] ($roles $abilities) }
        $crate::conformance_cases_of_subscriptions! { [$crate::conformance_groups] ($roles $abilities) }
    };
}
