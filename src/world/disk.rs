//! Faults of storage: what a loss of power, of a disk or of one log directory does to a broker, and a disk that is slow (`kafka-semantics` 5.11).

use super::World;
use super::act::Refusal;
use super::command::{NodeName, TopicPartition};
use super::pending::Pending;
use crate::kafka::fact::Fact;
use crate::kafka::record::is_internal;
use crate::sim::{Micros, NodeId};
use std::rc::Rc;

type Begun = Result<Option<Pending>, Refusal>;

impl World {
    /// A node with a disk: a broker or a controller.
    fn host(&self, name: &NodeName) -> Result<NodeId, Refusal> {
        let node = self.node(name)?;
        if self.brokers.contains_key(&node.0) || self.controllers.contains_key(&node.0) {
            return Ok(node);
        }
        Err(Refusal::Senseless { found: format!("`{name}`"), expected: "a broker or a controller".into() })
    }

    fn broker_host(&self, name: &NodeName) -> Result<NodeId, Refusal> {
        let node = self.host(name)?;
        if self.brokers.contains_key(&node.0) {
            return Ok(node);
        }
        Err(Refusal::Senseless { found: format!("`{name}`"), expected: "a broker".into() })
    }

    pub(super) fn lose_power(&mut self, name: &NodeName, keep: Option<&[(TopicPartition, i64)]>) -> Begun {
        let node = self.host(name)?;
        self.require_up(node)?;
        for (partition, _) in keep.unwrap_or_default() {
            if self.brokers.get(&node.0).and_then(|b| b.log(partition)).is_none() {
                let expected = format!("a partition that {} has", self.name(node));
                return Err(Refusal::Senseless { found: format!("`{partition}`"), expected });
            }
        }
        self.state_fact(node, Fact::PowerLost);
        self.down(node);
        // A controller flushes its log before a record counts, so it loses nothing.
        let lost = self.brokers.get_mut(&node.0).map(|b| b.disk.lose_power(keep)).unwrap_or_default();
        self.say_lost(node, lost);
        Ok(None)
    }

    fn say_lost(&mut self, node: NodeId, lost: Vec<(TopicPartition, i64, i64)>) {
        for (partition, from, to) in lost {
            if !is_internal(&partition.topic) {
                self.state_fact(node, Fact::DataLost { partition, from, to });
            }
        }
    }

    pub(super) fn lose_disk(&mut self, name: &NodeName) -> Begun {
        let node = self.broker_host(name)?;
        self.require_up(node)?;
        self.state_fact(node, Fact::DiskLost);
        self.down(node);
        let lost = self.brokers.get_mut(&node.0).map(|b| b.disk.replace(node.0)).unwrap_or_default();
        self.say_lost(node, lost);
        Ok(None)
    }

    pub(super) fn lose_directory(&mut self, name: &NodeName, directory: &Rc<str>) -> Begun {
        let node = self.broker_host(name)?;
        self.require_up(node)?;
        self.require_awake(node)?;
        let directories = self.brokers.get(&node.0).map(|b| b.disk.directories.as_slice()).unwrap_or_default();
        if !directories.iter().any(|d| d.name == *directory && d.online) {
            let online: Vec<&str> = directories.iter().filter(|d| d.online).map(|d| &*d.name).collect();
            return Err(Refusal::Senseless { found: format!("`{directory}`"), expected: format!("one of log.dirs={}", online.join(",")) });
        }
        let lives = self.act(node, |world, now, out| world.brokers.get_mut(&node.0).is_none_or(|b| b.lose_directory(now, directory, out)));
        if !lives {
            self.kill(node);
        }
        Ok(None)
    }

    pub(super) fn slow_disk(&mut self, name: &NodeName, latency: Micros) -> Begun {
        let node = self.broker_host(name)?;
        if let Some(broker) = self.brokers.get_mut(&node.0) {
            broker.disk.latency = latency;
        }
        self.state_fact(node, Fact::DiskSlowed { latency });
        Ok(None)
    }
}
