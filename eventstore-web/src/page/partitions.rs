use maud::{Markup, html};

use super::text::{encoded, number, visible};
use crate::view::{GroupView, PartitionView};

/// Which process holds which partition of a group, and how far each is.
pub(super) fn partitions(group: &GroupView) -> Markup {
    html! {
        h2 { "Group" }
        dl.details {
            dt { "Ordering key" } dd { (visible(&group.ordering)) }
            dt { "Retry policy" } dd { (visible(&group.policy)) }
            dt { "Members" }
            dd { @if group.members.is_empty() { "none" } @else { (visible(&group.members.join("; "))) } }
        }
        div.scroll tabindex="0" role="region" aria-label="Partitions" {
            table {
                thead { tr { th.number { "Partition" } th.number { "Checkpoint" } th.number { "Lag" } th { "Held by" } } }
                tbody { @for partition in &group.partitions { (row(partition)) } }
            }
        }
    }
}

fn row(partition: &PartitionView) -> Markup {
    html! {
        tr {
            td.number { a href={ "subscription?name=" (encoded(&partition.name)) } { (partition.number) } }
            td.number { (number(partition.checkpoint)) }
            td.number { @if let Some(lag) = partition.lag { (number(lag)) } }
            td { @match &partition.holder { Some(holder) => (visible(holder)), None => span.soft { "no one" } } }
        }
    }
}
