use std::sync::Arc;

use eventstore_core::backend::{CheckpointOutcome, LeaseEpoch, LeaseLoss, LeaseToken, SubscriptionRecord};
use eventstore_core::{
    Error, EventNumber, HolderPolicy, Result, StreamName, StreamSelector, SubscriptionId, SubscriptionInfo,
    SubscriptionKey, Timestamp,
};

use super::node::Node;
use super::state::State;
use super::subscription::MemorySubscription;

/// What the token of a lease leads to.
pub(super) enum Claim<'a> {
    Latest(&'a mut SubscriptionRecord),
    Fenced,
    Gone,
}

impl State {
    pub(super) fn find_or_create_subscription(
        &mut self,
        key: &SubscriptionKey,
        start_after: EventNumber,
        now: Timestamp,
    ) -> SubscriptionRecord {
        let found = self.subscriptions.entry(key.clone()).or_insert_with(|| {
            self.last_subscription_id += 1;
            MemorySubscription {
                record: SubscriptionRecord {
                    id: SubscriptionId::new(self.last_subscription_id),
                    checkpoint: start_after,
                },
                created_at: now,
                stream: None,
                epoch: None,
                partition_of: None,
                holder: None,
            }
        });
        found.record
    }

    pub(super) fn save_checkpoint(&mut self, lease: LeaseToken, checkpoint: EventNumber) -> CheckpointOutcome {
        match self.claim(lease) {
            Claim::Gone => CheckpointOutcome::SubscriptionGone,
            Claim::Fenced => CheckpointOutcome::Fenced,
            Claim::Latest(record) if record.checkpoint > checkpoint => CheckpointOutcome::Superseded(record.checkpoint),
            Claim::Latest(record) => {
                record.checkpoint = checkpoint;
                CheckpointOutcome::Saved
            }
        }
    }

    /// Whether this node holds the lease of the subscription, or a member on this node holds the partition.
    pub(super) fn is_held_by(&self, id: SubscriptionId, node: &Arc<Node>) -> bool {
        let of_member = self.node_of_holder(id);
        self.leases.get(&id).is_some_and(|mark| mark.is_held_by(node))
            || of_member.is_some_and(|held_by| held_by.ptr_eq(&Arc::downgrade(node)))
    }

    /// Begins the next epoch of a subscription that is there.
    pub(super) fn fence(&mut self, id: SubscriptionId) -> LeaseEpoch {
        let epoch = self.next_epoch();
        if let Some(found) = self.found_mut(id) {
            found.epoch = Some(epoch);
        }
        epoch
    }

    pub(super) fn next_epoch(&mut self) -> LeaseEpoch {
        self.last_epoch += 1;
        LeaseEpoch::new(self.last_epoch)
    }

    pub(super) fn claim(&mut self, lease: LeaseToken) -> Claim<'_> {
        match self.found_mut(lease.id) {
            None => Claim::Gone,
            Some(found) if found.epoch != Some(lease.epoch) => Claim::Fenced,
            Some(found) => Claim::Latest(&mut found.record),
        }
    }

    fn found_mut(&mut self, id: SubscriptionId) -> Option<&mut MemorySubscription> {
        self.subscriptions.values_mut().find(|found| found.record.id == id)
    }

    pub(super) fn list_subscriptions(&self) -> Vec<SubscriptionInfo> {
        let mut found: Vec<_> = self
            .subscriptions
            .iter()
            .map(|(key, found)| self.info(key, found))
            .collect();
        found.sort_by(|one, other| order(&one.key).cmp(&order(&other.key)));
        found
    }

    pub(super) fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        let found = self.subscriptions.get(key).ok_or_else(|| not_found(key))?;
        Ok(self.info(key, found))
    }

    pub(super) fn delete_subscription(&mut self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        let Some(found) = self.subscriptions.get(key) else {
            return Ok(());
        };
        let id = found.record.id;
        if found.partition_of.is_some() {
            return Err(Error::invalid_input(
                "subscription",
                "a partition is deleted with its group",
            ));
        }
        self.refuse_held(key, policy)?;
        for key in self.keys_of_partitions(id).iter().chain([key]) {
            self.remove_subscription(key, LeaseLoss::SubscriptionDeleted);
        }
        self.groups.remove(&id);
        Ok(())
    }

    /// Removes what is stored of a subscription or a partition, and tells its holder.
    pub(super) fn remove_subscription(&mut self, key: &SubscriptionKey, loss: LeaseLoss) {
        let Some(removed) = self.subscriptions.remove(key) else {
            return;
        };
        let id = removed.record.id;
        self.parked.remove(&id);
        self.statuses.remove(&id.get());
        self.revoke(id, loss);
    }

    pub(super) fn set_checkpoint(
        &mut self,
        key: &SubscriptionKey,
        checkpoint: EventNumber,
        policy: HolderPolicy,
    ) -> Result<()> {
        let info = self.subscription_info(key)?;
        self.refuse_held(key, policy)?;
        let head = info.head.unwrap_or(EventNumber::ZERO);
        if policy == HolderPolicy::Respect && checkpoint > head {
            let key = key.clone();
            return Err(Error::BeyondHead { key, checkpoint, head });
        }
        let group = self.subscriptions.get(key).and_then(|found| found.partition_of);
        if let Some(group) = group {
            self.let_partition_go_back(group, checkpoint);
        }
        for key in self.keys_of_partitions(info.record.id).iter().chain([key]) {
            self.put_checkpoint(key, checkpoint);
        }
        self.disband(info.record.id);
        Ok(())
    }

    /// Sets the checkpoint of a subscription or a partition, which no one holds from then on.
    fn put_checkpoint(&mut self, key: &SubscriptionKey, checkpoint: EventNumber) {
        let (stream, epoch) = (self.stream_id(&key.selector), self.next_epoch());
        let Some(found) = self.subscriptions.get_mut(key) else {
            return;
        };
        found.record.checkpoint = checkpoint;
        found.stream = stream.or(found.stream);
        found.epoch = Some(epoch);
        found.holder = None;
        let id = found.record.id;
        self.revoke(id, LeaseLoss::InDoubt);
    }

    /// Remembers which stream the checkpoint is about. If that stream was re-created since, the checkpoint goes back to its beginning.
    pub(super) fn bind(&mut self, id: SubscriptionId) {
        let found = self.subscriptions.iter().find(|(_, found)| found.record.id == id);
        let Some((key, found)) = found else { return };
        let (key, stream) = (key.clone(), self.stream_id(&key.selector));
        let bound = MemorySubscription {
            record: found.record_about(stream),
            stream: stream.or(found.stream),
            ..*found
        };
        self.subscriptions.insert(key, bound);
    }

    fn stream_id(&self, selector: &StreamSelector) -> Option<u64> {
        match selector {
            StreamSelector::All => Some(self.all.info().id),
            StreamSelector::Stream(name) => self.streams.get(name).map(|stream| stream.info().id),
        }
    }

    /// Tells the holders of subscriptions to a stream of this name that it is another stream now.
    pub(super) fn stream_created(&mut self, name: &StreamName) {
        let selector = StreamSelector::from(name.clone());
        let to_it = self.subscriptions.iter().filter(|(key, _)| key.selector == selector);
        let held: Vec<_> = to_it.map(|(_, found)| (found.record.id, found.stream)).collect();
        for (id, stream) in held {
            match stream {
                Some(_) => self.revoke(id, LeaseLoss::StreamReplaced),
                None if self.leases.contains_key(&id) => self.bind(id),
                None => {}
            }
        }
    }

    fn revoke(&mut self, id: SubscriptionId, loss: LeaseLoss) {
        if let Some(mark) = self.leases.remove(&id) {
            mark.revoke(loss);
        }
    }

    fn refuse_held(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        let is_held = self.subscriptions.get(key).is_some_and(|found| self.is_held(found));
        if policy == HolderPolicy::Respect && is_held {
            return Err(Error::SubscriptionHeld { key: key.clone() });
        }
        Ok(())
    }

    fn info(&self, key: &SubscriptionKey, found: &MemorySubscription) -> SubscriptionInfo {
        SubscriptionInfo {
            key: key.clone(),
            record: self.shown_record(key, found),
            created_at: found.created_at,
            is_held: self.is_held(found),
            head: self.head(&key.selector),
        }
    }

    /// A group is where the last of its partitions is.
    fn shown_record(&self, key: &SubscriptionKey, found: &MemorySubscription) -> SubscriptionRecord {
        let record = found.record_about(self.stream_id(&key.selector));
        match (self.position(record.id), found.partition_of) {
            (Some(checkpoint), _) => SubscriptionRecord { checkpoint, ..record },
            (None, Some(_)) => SubscriptionRecord {
                checkpoint: self.checkpoint_of(found),
                ..record
            },
            (None, None) => record,
        }
    }

    fn head(&self, selector: &StreamSelector) -> Option<EventNumber> {
        let stream = match selector {
            StreamSelector::All => Some(&self.all),
            StreamSelector::Stream(name) => self.streams.get(name),
        };
        stream
            .filter(|stream| !stream.is_deleted())
            .map(|stream| stream.info().version.into())
    }
}

pub(super) fn order(key: &SubscriptionKey) -> (&str, &str) {
    (key.selector.as_str(), key.name.as_str())
}

pub(super) fn not_found(key: &SubscriptionKey) -> Error {
    Error::SubscriptionNotFound { key: key.clone() }
}
