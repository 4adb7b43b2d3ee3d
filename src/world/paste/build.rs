//! From a pasted cluster to the scenario that builds it: the same ids, racks, assignments, leaders and ISRs, with empty logs.
//!
//! A topic is created with its leader as the first replica and reassigned into the pasted order, which moves no leader. A broker in no ISR
//! is stopped. One that lives outside an ISR is cut from the leader before it has fetched anything, since a leader keeps a follower that once had
//! all of an empty log; its fetcher gives that partition up, and when the ISR has shrunk the link heals.

use super::{Partition, Paste, Remark};
use crate::kafka::config::{Config, Scope};
use crate::sim::{Micros, SECOND};
use crate::world::command::{Cluster, Command, NodeName, Placement, TopicPartition};

/// What a broker's part in a partition without a leader says of when it stopped: the higher, the later.
const STOPPED_LAST: i32 = 2;
/// A link that heals is used again when TCP next tries.
const HEALS_WITHIN: Micros = 60 * SECOND;

impl Paste {
    /// The scenario that builds the cluster; none while a line is not understood.
    pub fn scenario(&self) -> Option<String> {
        if !self.is_whole() {
            return None;
        }
        let mut text = String::new();
        for command in self.commands() {
            text.push_str(&command.to_string());
            text.push('\n');
        }
        Some(text)
    }

    /// Remarks on partitions, each where it stands.
    pub(super) fn look_at_partitions(&mut self) {
        let down = self.down();
        let mut remarks = Vec::new();
        for (broker, _) in &down {
            remarks.push(Remark::Stopped { broker: *broker });
        }
        for topic in &self.topics {
            for p in topic.partitions.iter().filter(|p| p.is_known) {
                let name = || format!("{}-{}", topic.name, p.number);
                let preferred = p.replicas.first().copied().unwrap_or(-1);
                if p.leader >= 0 && p.leader != preferred {
                    let is_in_isr = p.isr.contains(&preferred);
                    remarks.push(Remark::NotPreferred { partition: name(), leader: p.leader, preferred, is_in_isr });
                }
                let leader = first(p, &down);
                if p.leader < 0 && !is_down(&down, leader) {
                    remarks.push(Remark::WillLead { partition: name(), broker: leader });
                }
                let out = out_of_isr(p, &down);
                if !out.is_empty() {
                    remarks.push(Remark::OutOfIsr { partition: name(), brokers: out });
                }
                if p.has_more {
                    remarks.push(Remark::HasMore { partition: name() });
                }
            }
        }
        self.remarks.append(&mut remarks);
    }

    /// The brokers that do not live, in the order in which they stopped: in no ISR of a partition that has a leader.
    fn down(&self) -> Vec<(i32, i32)> {
        let mut down: Vec<(i32, i32)> = Vec::new();
        for broker in &self.brokers {
            let (mut is_replica, mut lives, mut last) = (false, false, 0);
            for topic in &self.topics {
                for p in topic.partitions.iter().filter(|p| p.is_known && p.replicas.contains(&broker.id)) {
                    is_replica = true;
                    lives |= p.leader >= 0 && p.isr.contains(&broker.id);
                    if p.isr.contains(&broker.id) {
                        last = STOPPED_LAST;
                    } else if last == 0 && p.elr.as_ref().is_some_and(|elr| elr.contains(&broker.id)) {
                        last = 1;
                    }
                }
            }
            if is_replica && !lives {
                let at = down.iter().position(|(_, other)| *other > last).unwrap_or(down.len());
                down.insert(at, (broker.id, last));
            }
        }
        down
    }

    /// Whether the cluster keeps no ELR: it says so, or shows an ISR under the minimum and no ELR anywhere.
    fn has_no_elr(&self) -> bool {
        let default = self.defaults().int("min.insync.replicas");
        let (mut any, mut short, mut kept) = (false, false, false);
        for topic in &self.topics {
            let own = topic.configs.iter().find(|(name, _)| &**name == "min.insync.replicas").and_then(|(_, value)| value.parse().ok());
            let least = own.unwrap_or(default).max(1) as usize;
            for p in &topic.partitions {
                let Some(elr) = &p.elr else { continue };
                any = true;
                kept |= !elr.is_empty();
                short |= p.isr.len() < least.min(p.replicas.len()) || (p.leader < 0 && !p.isr.is_empty());
            }
        }
        !self.topics.is_empty() && (!any || (short && !kept))
    }

    fn commands(&self) -> Vec<Command> {
        let down = self.down();
        let mut commands = vec![Command::Cluster(self.cluster())];
        let (mut topics, mut orders, mut cuts, mut fails) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for topic in self.topics.iter().filter(|topic| !topic.partitions.is_empty()) {
            let mut lists = Vec::new();
            for p in &topic.partitions {
                let leader = first(p, &down);
                let mut list = vec![leader];
                list.extend(p.replicas.iter().filter(|id| **id != leader));
                let partition = TopicPartition { topic: topic.name.clone(), partition: p.number };
                if list != p.replicas {
                    orders.push(Command::Reassign { partition: partition.clone(), replicas: Some(p.replicas.clone()) });
                }
                for broker in out_of_isr(p, &down) {
                    let cut = Command::Cut { from: NodeName::Node(broker), to: NodeName::Node(p.leader), one_way: false };
                    if !cuts.contains(&cut) {
                        cuts.push(cut);
                    }
                    fails.push(Command::Fail { broker, partition: partition.clone() });
                }
                lists.push(list);
            }
            topics.push(Command::Topic { topic: topic.name.clone(), placement: Placement::Manual(lists), configs: topic.configs.clone() });
        }
        let has_cuts = !cuts.is_empty();
        commands.append(&mut cuts);
        commands.append(&mut topics);
        commands.append(&mut orders);
        // Brokers learn of their replicas a moment after the controller has answered.
        commands.push(Command::Wait { duration: SECOND });
        if has_cuts {
            commands.append(&mut fails);
            commands.push(Command::Wait { duration: self.shrinks_within() });
            commands.push(Command::Heal { between: None });
            commands.push(Command::Wait { duration: HEALS_WITHIN });
        }
        for (broker, _) in &down {
            commands.push(Command::Stop { node: NodeName::Node(*broker) });
            commands.push(Command::Wait { duration: SECOND });
        }
        commands
    }

    /// A leader looks every half of `replica.lag.time.max.ms` for followers that are late; and the fetch that waits for its connection,
    /// which names the partition still, must be given up first.
    fn shrinks_within(&self) -> Micros {
        let lag = self.micros("replica.lag.time.max.ms");
        (lag + lag / 2).max(self.micros("replica.socket.timeout.ms")) + SECOND
    }

    fn micros(&self, name: &str) -> Micros {
        self.defaults().micros(name)
    }

    fn defaults(&self) -> Config {
        let mut config = Config::defaults(Scope::Broker);
        for (name, value) in &self.configs {
            // Each was checked when it was read.
            let _ = config.set(name, value);
        }
        config
    }

    fn cluster(&self) -> Cluster {
        let ids: Vec<i32> = self.brokers.iter().map(|b| b.id).collect();
        let is_counted = (1..).zip(&ids).all(|(number, id)| number == *id);
        let mut racks = Vec::new();
        if self.brokers.iter().any(|b| b.rack.is_some()) {
            racks = self.brokers.iter().map(|b| b.rack.clone().unwrap_or_default()).collect();
        }
        Cluster {
            brokers: ids.len() as i32,
            ids: if is_counted { Vec::new() } else { ids },
            controllers: self.voters.len().clamp(1, 9) as i32,
            racks,
            elr: if self.has_no_elr() { Some(false) } else { None },
            configs: self.configs.clone(),
            ..Cluster::default()
        }
    }
}

fn is_down(down: &[(i32, i32)], broker: i32) -> bool {
    down.iter().any(|(id, _)| *id == broker)
}

/// Who leads when the topic is created: the leader; where there is none, who lives or stopped last.
fn first(p: &Partition, down: &[(i32, i32)]) -> i32 {
    if p.leader >= 0 {
        return p.leader;
    }
    let alive = p.isr.iter().chain(&p.replicas).find(|id| !is_down(down, **id)).copied();
    let last = || down.iter().rev().map(|(id, _)| *id).find(|id| p.replicas.contains(id));
    alive.or_else(last).unwrap_or(-1)
}

/// Replicas that live, and are not in the ISR.
fn out_of_isr(p: &Partition, down: &[(i32, i32)]) -> Vec<i32> {
    if p.leader < 0 {
        return Vec::new();
    }
    p.replicas.iter().filter(|id| !p.isr.contains(id) && !is_down(down, **id)).copied().collect()
}
