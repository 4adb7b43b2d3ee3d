//! Commands that let time run: what each waits for, and what it then answers.

use super::command::Send;
use super::{Event, World};
use crate::kafka::effect::Outcome;
use crate::kafka::record::RecordId;
use crate::sim::{EPOCH, MILLISECOND, Micros, NodeId, SECOND};

/// How long `start` waits for the controller to let a broker in, and for a controller (`scenarios.md`, Time).
pub(super) const START_LIMIT: Micros = 20 * SECOND;
const CONTROLLER_START: Micros = 5 * SECOND;
/// Between an outcome and whatever is asked next lies a moment, as it does for anyone who reads the outcome first.
const MOMENT: Micros = 20 * MILLISECOND;
/// When a new ZooKeeper cluster is handed over.
const FIRST_BALANCE: Micros = 6 * SECOND;

/// What a command waits for.
#[derive(Clone, Debug)]
pub(super) enum Pending {
    /// These brokers to be active, or the deadline.
    Active { brokers: Vec<i32>, deadline: Option<Micros> },
    /// The admin client's answer.
    Admin { id: u64 },
    /// The outcomes of sends made one after another.
    Produce { node: NodeId, send: Send, sent: Vec<RecordId>, count: u32, outcomes: Vec<Outcome> },
    /// The outcomes of these sends.
    Await { node: NodeId, records: Vec<RecordId> },
    /// A consumer's commit.
    Commit { node: NodeId },
    /// The end of a process.
    Stop { node: NodeId },
    /// The end of a client.
    Close { node: NodeId },
    /// An instant.
    Wait { until: Micros },
    /// An instant: the answer is here.
    Said { answer: Vec<String>, at: Micros },
}

impl Pending {
    /// When it must look even if nothing happens.
    pub(super) fn looks_at(&self) -> Option<Micros> {
        match self {
            Pending::Wait { until } => Some(*until),
            Pending::Active { deadline, .. } => *deadline,
            _ => None,
        }
    }
}

impl Pending {
    /// Whether it needs the outcome of a record.
    pub(super) fn waits_for(&self, record: &RecordId) -> bool {
        match self {
            Pending::Produce { sent, .. } => sent.last() == Some(record),
            Pending::Await { records, .. } => records.binary_search(record).is_ok(),
            _ => false,
        }
    }
}

impl World {
    pub(super) fn pending_start(&self, node: NodeId) -> Pending {
        if self.brokers.contains_key(&node.0) {
            Pending::Active { brokers: vec![node.0], deadline: Some(self.now + START_LIMIT) }
        } else {
            Pending::Wait { until: self.now + CONTROLLER_START }
        }
    }

    /// Sends the next record of a `produce`, if the last one has its outcome.
    pub(super) fn produce_next(&mut self, pending: &mut Pending) {
        if let Pending::Produce { node, send, sent, count, .. } = pending
            && (sent.len() as u32) < *count
            && let Some(record) = self.send(*node, send, sent.len() as u32)
        {
            sent.push(record);
        }
    }

    /// Sees which commands have what they waited for.
    pub(super) fn check_pending(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let ids: Vec<u64> = self.pending.keys().copied().collect();
        for id in ids {
            let Some(mut pending) = self.pending.remove(&id) else { continue };
            match self.look(&mut pending) {
                Some(answer) => self.finish(id, answer),
                None => {
                    self.pending.insert(id, pending);
                }
            }
        }
    }

    fn look(&mut self, pending: &mut Pending) -> Option<Vec<String>> {
        let done = Some(Vec::new());
        match pending {
            Pending::Active { brokers, deadline } => {
                if self.zookeeper.is_some() {
                    return self.look_registered(brokers, *deadline);
                }
                let image = self.metadata().cloned()?;
                let active = brokers.iter().all(|id| {
                    let epoch = self.brokers.get(id).map_or(-1, |b| b.epoch);
                    image.brokers.get(id).is_some_and(|b| b.is_active() && b.epoch == epoch)
                });
                if active || deadline.is_some_and(|d| self.now >= d) { done } else { None }
            }
            Pending::Admin { id } => self.admin.take_done(*id).map(|error| error.map(str::to_string).into_iter().collect()),
            Pending::Produce { .. } => self.look_produce(pending),
            Pending::Await { node, records } => {
                let p = self.producers.get_mut(node)?;
                let known = |record: &RecordId| p.outcomes.iter().find(|(r, _)| r == record).map(|(_, o)| print(o));
                let outcomes: Option<Vec<String>> = records.iter().map(known).collect();
                let line = outcomes?.join(" ");
                p.outcomes.retain(|(r, _)| !records.contains(r));
                *pending = self.said(if line.is_empty() { Vec::new() } else { vec![line] });
                None
            }
            Pending::Commit { node } => {
                let c = self.consumers.get_mut(node)?;
                if c.client.is_committing() { None } else { Some(c.client.take_commit_error().map(str::to_string).into_iter().collect()) }
            }
            Pending::Stop { node } | Pending::Close { node } => {
                if self.is_up(*node) {
                    None
                } else {
                    done
                }
            }
            Pending::Wait { until } => {
                if self.now >= *until {
                    done
                } else {
                    None
                }
            }
            Pending::Said { answer, at } => (self.now >= *at).then(|| std::mem::take(answer)),
        }
    }

    /// Whether brokers stand under `/brokers/ids`; a new cluster also waits until each knows all.
    fn look_registered(&self, brokers: &[i32], deadline: Option<Micros>) -> Option<Vec<String>> {
        let there = self.metadata()?.brokers.len();
        let is_in = |id: &i32| {
            let Some(broker) = self.brokers.get(id) else { return true };
            let gave_up = !self.is_up(NodeId(*id));
            gave_up || (broker.epoch >= 0 && (deadline.is_some() || broker.image.brokers.len() == there))
        };
        let all = brokers.iter().all(is_in) && (deadline.is_some() || there == brokers.len());
        // By the time the last broker of a real cluster is up, its controller has looked once whether preferred replicas should lead.
        let settled = deadline.is_some() || self.now >= EPOCH + FIRST_BALANCE;
        (all && settled || deadline.is_some_and(|d| self.now >= d)).then(Vec::new)
    }

    /// The answer is known, and said a moment later.
    pub(super) fn said(&mut self, answer: Vec<String>) -> Pending {
        let at = self.now + MOMENT;
        self.queue.put(at, Event::Look);
        Pending::Said { answer, at }
    }

    fn look_produce(&mut self, pending: &mut Pending) -> Option<Vec<String>> {
        let Pending::Produce { node, sent, count, outcomes, .. } = pending else { return None };
        let Some(p) = self.producers.get_mut(node) else { return Some(Vec::new()) };
        if let Some(last) = sent.last()
            && let Some(at) = p.outcomes.iter().rposition(|(r, _)| r == last)
            && let Some((_, outcome)) = p.outcomes.remove(at)
        {
            outcomes.push(outcome);
            if outcomes.len() as u32 == *count {
                let line: Vec<String> = outcomes.iter().map(print).collect();
                *pending = self.said(vec![line.join(" ")]);
                return None;
            }
            self.produce_next(pending);
            // What the send has put on its way is handed out with the next thing that is due.
            self.queue.put(self.now, Event::Look);
        }
        None
    }
}

/// An outcome as a person reads it: `orders-0@7`, `orders-0@?`, or the error's name.
pub(super) fn print(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Acknowledged { partition, offset: Some(offset) } => format!("{partition}@{offset}"),
        Outcome::Acknowledged { partition, offset: None } => format!("{partition}@?"),
        Outcome::Failed { error } => (*error).to_string(),
    }
}
