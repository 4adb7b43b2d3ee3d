//! Which partition a record goes to (KafkaProducer.partition; `kafka-semantics` 1.1, 1.4-1.6).

use super::{Partitioner, Producer, Waiting};
use crate::kafka::effect::Effects;
use crate::kafka::fact::PartitionChoice;
use crate::kafka::partitioner::{PartitionQueue, RoundRobinPartitioner, StickyPartitioner, available_order, murmur2, partition_for_key};
use crate::kafka::record::{Topic, TopicPartition};
use crate::map::Map;
use crate::sim::{Micros, NodeId};

/// What the partitioners remember.
#[derive(Clone, Debug, Default)]
pub(super) struct Partitioners {
    sticky: Map<Topic, StickyPartitioner>,
    round_robin: Map<Topic, RoundRobinPartitioner>,
    /// When a broker last had something ready, and when it last could be sent to.
    latency: Map<NodeId, (Micros, Micros)>,
}

impl Partitioners {
    /// A broker has batches ready; `drained`: they can go.
    pub(super) fn note_ready(&mut self, now: Micros, node: NodeId, drained: bool) {
        let (ready_at, drained_at) = self.latency.entry(node).or_insert((now, now));
        *ready_at = now;
        if drained {
            *drained_at = now;
        }
    }

    fn is_slow(&self, node: NodeId, timeout: Micros) -> bool {
        timeout > 0 && self.latency.get(&node).is_some_and(|(ready_at, drained_at)| ready_at - drained_at > timeout)
    }
}

impl Producer {
    /// The partition of a record whose topic has `count` partitions, and why. Nothing is counted until [`Producer::note_appended`].
    pub(super) fn choose_partition(&mut self, waiting: &Waiting, count: i32, out: &mut Effects) -> (TopicPartition, PartitionChoice) {
        let topic = &waiting.topic;
        let (partition, choice) = match (waiting.partition, self.config.partitioner, &waiting.key) {
            (Some(partition), ..) => (partition, PartitionChoice::Explicit),
            (None, Partitioner::RoundRobin, _) => {
                let available = self.available(topic);
                let turn = self.partitioners.round_robin.entry(topic.clone()).or_default();
                (turn.clone().partition(&available, count as u32), PartitionChoice::RoundRobin)
            }
            (None, Partitioner::BuiltIn, Some(key)) if !self.config.ignore_keys => {
                let partition = partition_for_key(key.as_bytes(), count as u32) as i32;
                (partition, PartitionChoice::Key { hash: murmur2(key.as_bytes()), partitions: count })
            }
            _ => (self.sticky_partition(topic, count, out), PartitionChoice::Sticky),
        };
        (TopicPartition::new(topic, partition), choice)
    }

    /// Partitions of `topic` with a leader, in the client's order.
    fn available(&self, topic: &Topic) -> Vec<i32> {
        let Some(view) = self.metadata.topic(topic) else { return Vec::new() };
        let with_leader: Vec<i32> = view.partitions.iter().filter(|p| p.leader >= 0).map(|p| p.partition).collect();
        available_order(topic, &with_leader, self.metadata.partition_entries())
    }

    fn sticky_partition(&mut self, topic: &Topic, count: i32, out: &mut Effects) -> i32 {
        let available = self.available(topic);
        let mut draw = || out.rng.draw() as u32;
        let batch_size = self.config.batch_size_bytes.max(1) as u32;
        let sticky = self.partitioners.sticky.entry(topic.clone()).or_insert_with(|| StickyPartitioner::new(batch_size));
        let partition = sticky.partition(&available, count as u32, &mut draw);
        // An open batch may have put off the switch; look again now that it may be full.
        if self.accumulator.all_batches_full(&TopicPartition::new(topic, partition)) {
            sticky.update(0, true, &available, count as u32, &mut draw);
        }
        sticky.partition(&available, count as u32, &mut draw)
    }

    /// Counts a record that was appended.
    pub(super) fn note_appended(&mut self, partition: &TopicPartition, choice: PartitionChoice, appended_bytes: i32, out: &mut Effects) {
        let count = self.metadata.partition_count(&partition.topic).unwrap_or(0) as u32;
        match choice {
            PartitionChoice::RoundRobin => {
                let available = self.available(&partition.topic);
                let turn = self.partitioners.round_robin.entry(partition.topic.clone()).or_default();
                turn.partition(&available, count);
            }
            PartitionChoice::Sticky => {
                let available = self.available(&partition.topic);
                let enable_switch = self.accumulator.all_batches_full(partition);
                if let Some(sticky) = self.partitioners.sticky.get_mut(&partition.topic) {
                    let mut draw = || out.rng.draw() as u32;
                    sticky.update(appended_bytes.max(0) as u32, enable_switch, &available, count, &mut draw);
                }
            }
            PartitionChoice::Explicit | PartitionChoice::Key { .. } => {}
        }
    }

    /// Rebuilds the load tables of topics that have a queue for each partition (1.5).
    pub(super) fn update_load(&mut self) {
        if !self.config.adaptive_partitioning || self.partitioners.sticky.is_empty() {
            return;
        }
        let mut sticky = std::mem::take(&mut self.partitioners.sticky);
        for (topic, partitioner) in &mut sticky {
            let Some(count) = self.metadata.partition_count(topic).filter(|count| *count > 0) else { continue };
            let queues: Vec<(TopicPartition, u32)> = (0..count)
                .map(|partition| TopicPartition::new(topic, partition))
                .filter_map(|partition| self.accumulator.queue_length(&partition).map(|batches| (partition, batches as u32)))
                .collect();
            if queues.len() < count as usize {
                continue;
            }
            let candidate = |(partition, batches): &(TopicPartition, u32)| {
                let (leader, _) = self.metadata.leader(partition)?;
                let slow = *batches > 0 && self.partitioners.is_slow(leader, self.config.availability_timeout);
                (!slow).then_some(PartitionQueue { partition: partition.partition, batches: *batches })
            };
            let candidates: Vec<PartitionQueue> = queues.iter().filter_map(candidate).collect();
            partitioner.update_load(&candidates, queues.len());
        }
        self.partitioners.sticky = sticky;
    }
}
