//! What the program shows and changes of subscriptions that processes share.

use eventstore_core::backend::{HeldPartition, Membership};
use eventstore_core::{EventNumber, EventStore, GroupSettings, MemberId, PartitionCount, SubscriptionKey};
use serde_json::json;
use uuid::Uuid;

use crate::kind::Kind;
use crate::portable_state::{import, without_new};
use crate::program::Program;

on_each_backend![
    a_group_is_listed_once_with_its_members,
    a_group_shows_its_partitions,
    a_group_is_changed_only_while_no_process_runs_it,
    a_group_travels_with_all_of_its_partitions,
    a_group_with_other_settings_is_not_imported,
];

fn key() -> SubscriptionKey {
    SubscriptionKey::new("$all", "billing").unwrap()
}

fn settings(partitions: u32) -> GroupSettings {
    GroupSettings {
        partitions: PartitionCount::new(partitions).unwrap(),
        ordering: "stream".into(),
        policy: "stop after 5 attempts".into(),
    }
}

/// Becomes a member of the group, and takes so many of its three partitions.
async fn enter(store: &dyn EventStore, name: &str, partitions: u16) -> (Membership, Vec<HeldPartition>) {
    let member = MemberId::new(Uuid::now_v7());
    let entered = store
        .enter_group(&key(), &settings(3), EventNumber::ZERO, member, &name.into())
        .await;
    let membership = entered.unwrap().unwrap();
    let held = store.claim_partitions(membership, partitions).await.unwrap();
    (membership, held)
}

async fn save(store: &dyn EventStore, held: &HeldPartition, checkpoint: u32) {
    store.save_checkpoint(held.token, checkpoint.into()).await.unwrap();
}

async fn a_group_is_listed_once_with_its_members(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 5);
    let store = program.connect().await;
    let (membership, held) = enter(&store, "here", 3).await;
    for (held, checkpoint) in held.iter().zip([4, 2, 5]) {
        save(&store, held, checkpoint).await;
    }
    let lines = program.run(&["subscriptions"]).json_lines();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(
        (&line["name"], &line["position"], &line["lag"]),
        (&json!("billing"), &json!(2), &json!(3))
    );
    assert_eq!(
        (&line["members"], &line["partitions"], &line["held"]),
        (&json!(1), &json!(3), &json!(true))
    );
    assert!(
        program
            .run(&["subscriptions", "--format", "table"])
            .stdout
            .contains("1 member")
    );
    store.leave_group(membership).await.unwrap();
    assert_eq!(program.run(&["subscriptions"]).json_lines()[0]["members"], json!(0));
}

async fn a_group_shows_its_partitions(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 5);
    let store = program.connect().await;
    let (_, held) = enter(&store, "here", 2).await;
    save(&store, &held[1], 5).await;
    let shown = program.run(&["subscriptions", "show", "billing"]);
    assert!(
        shown
            .stderr
            .contains("ordering key: stream; retry policy: stop after 5 attempts; members: here"),
        "{shown:?}"
    );
    let partition = |number, position, lag, holder| json!({"partition": number, "position": position, "lag": lag, "parked": 0, "holder": holder});
    let expected = [
        partition(1, 0, 5, json!("here")),
        partition(2, 5, 0, json!("here")),
        partition(3, 0, 5, json!(null)),
    ];
    let shown = program.run(&["--quiet", "subscriptions", "show", "billing"]);
    assert_eq!(shown.json_lines(), expected);
    program.run(&["subscribe", "classic", "--exit-when-caught-up"]);
    program
        .run(&["subscriptions", "show", "classic"])
        .assert_refused(2, "is no group");
    program
        .run(&["subscriptions", "show", "unknown"])
        .assert_refused(4, "no subscription");
}

async fn a_group_is_changed_only_while_no_process_runs_it(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 5);
    let store = program.connect().await;
    let (membership, held) = enter(&store, "here", 3).await;
    for held in &held {
        save(&store, held, 3).await;
    }
    let regroup = [
        "subscriptions",
        "regroup",
        "billing",
        "--partitions",
        "2",
        "--policy",
        "skip after 1 attempt",
    ];
    program.run(&regroup).assert_refused(1, "in use");
    store.leave_group(membership).await.unwrap();
    let changed = program.run(&regroup);
    assert!(
        changed
            .stderr
            .contains("2 partitions by the key 'stream', and will skip after 1 attempt"),
        "{changed:?}"
    );
    let positions: Vec<_> = program
        .run(&["--quiet", "subscriptions", "show", "billing"])
        .json_lines();
    assert_eq!(
        positions.iter().map(|line| &line["position"]).collect::<Vec<_>>(),
        [&json!(3), &json!(3)]
    );
    for partitions in ["0", "100000"] {
        let refused = program.run(&["subscriptions", "regroup", "billing", "--partitions", partitions]);
        refused.assert_refused(2, "a group has 1 to 16384 partitions");
    }
    program
        .run(&["subscriptions", "regroup", "unknown", "--partitions", "2"])
        .assert_refused(4, "no subscription");
}

async fn a_group_travels_with_all_of_its_partitions(kind: Kind) {
    let source = Program::start(kind).await;
    source.append_numbered("s", 5);
    let from = source.connect().await;
    let (membership, held) = enter(&from, "here", 3).await;
    for (held, checkpoint) in held.iter().zip([4, 2, 5]) {
        save(&from, held, checkpoint).await;
    }
    from.leave_group(membership).await.unwrap();
    let export = source.run(&["export"]).stdout;
    let program = Program::start(kind).await;
    assert_eq!(import(&program, &export), [0, 4, 0]);
    assert_eq!(without_new(&program.run(&["export"]).stdout), without_new(&export));
    let groups = program.connect().await.list_groups().await.unwrap();
    let [group] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!((&group.settings, group.members.len()), (&settings(3), 0));
    let checkpoints: Vec<_> = group
        .partitions
        .iter()
        .map(|partition| partition.checkpoint.get())
        .collect();
    assert_eq!(checkpoints, [4, 2, 5]);
    assert_eq!(import(&program, &export), [0, 0, 0]);
    program.run(&["--quiet", "verify"]).assert_done();
}

async fn a_group_with_other_settings_is_not_imported(kind: Kind) {
    let source = Program::start(kind).await;
    source.append_numbered("s", 2);
    let (membership, _) = enter(&source.connect().await, "here", 0).await;
    source.connect().await.leave_group(membership).await.unwrap();
    let export = source.run(&["export"]).stdout;
    let program = Program::start(kind).await;
    import(&program, &export);
    program
        .run(&["--quiet", "subscriptions", "regroup", "billing", "--partitions", "7"])
        .assert_done();
    let refused = program.run_with_input(&["import", "-"], &export);
    refused.assert_refused(3, "has the partitions \"7\", not \"3\"");
}
