//! The producer, with the broker's side played by hand.

use super::*;
use crate::kafka::effect::{Channel, Effect};
use crate::kafka::protocol::{BrokerInfo, MetadataResponse, PartitionMetadata, Request, Response, TopicMetadata};
use crate::kafka::record::{RecordBatch, TopicId};
use crate::sim::rng::Rng;
use crate::sim::{EPOCH, SECOND};

struct Play {
    producer: Producer,
    rng: Rng,
    next_call: u64,
    now: Micros,
    calls: Vec<(CallId, NodeId, Rc<Request>)>,
    outcomes: Vec<(u32, Outcome)>,
    exited: bool,
    leader: i32,
    leader_epoch: i32,
    partitions: i32,
    brokers: Vec<i32>,
}

impl Play {
    fn new(config: ProducerConfig, partitions: i32) -> Play {
        let producer = Producer::new(NodeId(100), config, vec![NodeId(1)]);
        let (rng, calls, outcomes) = (Rng::stream(1, "producer"), Vec::new(), Vec::new());
        Play {
            producer,
            rng,
            next_call: 0,
            now: EPOCH,
            calls,
            outcomes,
            exited: false,
            leader: 1,
            leader_epoch: 0,
            partitions,
            brokers: vec![1, 2],
        }
    }

    fn act(&mut self, act: impl FnOnce(&mut Producer, Micros, &mut Effects)) {
        let mut out = Effects::new(&mut self.rng, &mut self.next_call, Vec::new());
        act(&mut self.producer, self.now, &mut out);
        for effect in out.into_list() {
            match effect {
                Effect::Call { call, to, channel, request, .. } | Effect::Tell { call, to, channel, request } => {
                    assert_eq!(channel, Channel::Data);
                    self.calls.push((call, to, request));
                }
                Effect::Outcome { record, outcome } => self.outcomes.push((record.number, outcome)),
                Effect::Exit => self.exited = true,
                Effect::Disconnect { to, .. } => self.calls.retain(|(_, other, _)| *other != to),
                _ => {}
            }
        }
    }

    fn reply(&mut self, (call, from, request): (CallId, NodeId, Rc<Request>), result: Result<Response, Broken>) {
        self.act(|producer, now, out| producer.on_reply(now, Reply { call, from, request, result }, out));
    }

    fn send(&mut self, partition: Option<i32>, key: Option<&str>, value: &str) {
        let (topic, key, value) = (Rc::from("t"), key.map(Rc::from), Some(Rc::from(value)));
        self.act(|producer, now, out| {
            producer.send(now, &topic, partition, key, value, out);
        });
    }

    fn metadata(&self, topics: &[Topic]) -> Response {
        let partition = |partition| PartitionMetadata {
            error: ErrorCode::None,
            partition,
            leader: self.leader,
            leader_epoch: self.leader_epoch,
            replicas: vec![1, 2],
            isr: vec![1, 2],
        };
        let topic = |topic: &Topic| TopicMetadata {
            error: ErrorCode::None,
            topic: topic.clone(),
            topic_id: TopicId(1),
            partitions: (0..self.partitions).map(partition).collect(),
        };
        let brokers = self.brokers.iter().map(|id| BrokerInfo { id: *id, rack: None }).collect();
        Response::Metadata(Box::new(MetadataResponse { brokers, controller: -1, topics: topics.iter().map(topic).collect() }))
    }

    /// Answers metadata and identity requests and lets time pass until no more than Produce requests wait.
    fn settle(&mut self) {
        for _ in 0..200 {
            let other = self.calls.iter().position(|(_, _, request)| !matches!(**request, Request::Produce { .. }));
            match other {
                Some(index) => {
                    let call = self.calls.remove(index);
                    let response = match &*call.2 {
                        Request::Metadata { topics, .. } => self.metadata(topics),
                        _ => Response::InitProducerId { error: ErrorCode::None, producer_id: 7, epoch: 0 },
                    };
                    self.reply(call, Ok(response));
                }
                None if self.calls.is_empty() => self.pass(5 * MILLISECOND),
                None => return,
            }
        }
    }

    fn pass(&mut self, span: Micros) {
        self.now += span;
        self.act(|producer, now, out| producer.on_timer(now, ProducerTimer::Poll, out));
    }

    /// Takes the Produce request that waits for its answer.
    fn produced(&mut self) -> (CallId, NodeId, Rc<Request>) {
        self.settle();
        let index = self.calls.iter().position(|(_, _, request)| matches!(**request, Request::Produce { .. }));
        self.calls.remove(index.expect("a Produce request"))
    }

    fn acknowledge(&mut self, call: (CallId, NodeId, Rc<Request>), base_offset: i64) {
        let results = batches(&call.2).iter().map(|(p, _)| (p.clone(), ErrorCode::None, base_offset, None)).collect();
        self.reply(call, Ok(Response::Produce(results)));
    }

    fn refuse(&mut self, call: (CallId, NodeId, Rc<Request>), error: ErrorCode) {
        let results = batches(&call.2).iter().map(|(p, _)| (p.clone(), error, -1, None)).collect();
        self.reply(call, Ok(Response::Produce(results)));
    }
}

fn batches(request: &Request) -> &[(TopicPartition, RecordBatch)] {
    match request {
        Request::Produce { batches, .. } => batches,
        other => panic!("{}", other.name()),
    }
}

fn sequences(request: &Request) -> Vec<(i16, i32)> {
    batches(request).iter().map(|(_, batch)| (batch.producer_epoch, batch.base_sequence)).collect()
}

fn acknowledged(partition: i32, offset: i64) -> Outcome {
    Outcome::Acknowledged { partition: TopicPartition { topic: Rc::from("t"), partition }, offset: Some(offset) }
}

/// A key always goes to the same partition, and to the one Kafka's own hash names.
#[test]
fn a_key_chooses_its_partition() {
    let mut play = Play::new(ProducerConfig::default(), 4);
    play.send(None, Some("foobar"), "x");
    let call = play.produced();
    assert_eq!(batches(&call.2)[0].0.partition, 2);
    play.acknowledge(call, 5);
    assert_eq!(play.outcomes, [(0, acknowledged(2, 5))]);
}

/// What makes a retry safe: the same producer id, epoch and sequence, whatever broke the first attempt.
#[test]
fn a_retry_keeps_its_sequence() {
    let mut play = Play::new(ProducerConfig::default(), 1);
    play.send(Some(0), None, "a");
    let call = play.produced();
    play.acknowledge(call, 0);
    play.send(Some(0), None, "b");
    let call = play.produced();
    assert_eq!(sequences(&call.2), [(0, 1)]);
    play.reply(call, Err(Broken::TimedOut));
    let again = play.produced();
    assert_eq!(sequences(&again.2), [(0, 1)]);
    play.acknowledge(again, 1);
    assert_eq!(play.outcomes, [(0, acknowledged(0, 0)), (1, acknowledged(0, 1))]);
}

/// A leader that stands still answers nothing, not even who leads now: after the time-out another broker is asked, and the batch follows.
#[test]
fn a_silent_leader_is_left() {
    let mut play = Play::new(ProducerConfig::default(), 1);
    play.send(Some(0), None, "a");
    let call = play.produced();
    (play.leader, play.leader_epoch) = (2, 1);
    play.pass(30 * SECOND);
    play.act(|producer, now, out| producer.on_lost(now, NodeId(1), Broken::TimedOut, out));
    play.reply(call, Err(Broken::TimedOut));
    for _ in 0..100 {
        assert!(play.calls.iter().all(|(_, to, _)| *to == NodeId(2)));
        play.settle();
        play.pass(5 * MILLISECOND);
    }
    let again = play.produced();
    assert_eq!(again.1, NodeId(2));
    play.acknowledge(again, 0);
    assert_eq!(play.outcomes, [(0, acknowledged(0, 0))]);
}

/// A batch that never left is not a retry: with retries=0 it still goes out.
#[test]
fn an_unreachable_broker_costs_no_attempt() {
    let mut play = Play::new(ProducerConfig { retries: 0, idempotence: false, ..ProducerConfig::default() }, 1);
    play.send(Some(0), None, "a");
    let call = play.produced();
    play.reply(call, Err(Broken::Unreachable));
    assert_eq!(play.outcomes, []);
    let call = play.produced();
    play.refuse(call, ErrorCode::NotEnoughReplicas);
    assert_eq!(play.outcomes, [(0, Outcome::Failed { error: "NOT_ENOUGH_REPLICAS" })]);
}

/// A batch refused for good leaves a gap, so the producer bumps its epoch and numbers the partition from 0 again.
#[test]
fn a_failed_batch_bumps_the_epoch() {
    let mut play = Play::new(ProducerConfig::default(), 1);
    play.send(Some(0), None, "a");
    let call = play.produced();
    play.acknowledge(call, 0);
    play.send(Some(0), None, "too large for the broker");
    let call = play.produced();
    play.refuse(call, ErrorCode::MessageTooLarge);
    play.send(Some(0), None, "c");
    let call = play.produced();
    assert_eq!(sequences(&call.2), [(1, 0)]);
    assert_eq!(play.outcomes[1], (1, Outcome::Failed { error: "MESSAGE_TOO_LARGE" }));
}

/// Two requests in flight, the first lost: the broker refuses the second for its gap, and both are sent again in order.
#[test]
fn batches_are_sent_again_in_order_of_their_sequences() {
    let mut play = Play::new(ProducerConfig { linger: 0, ..ProducerConfig::default() }, 1);
    play.send(Some(0), None, "a");
    let first = play.produced();
    play.acknowledge(first, 0);
    play.send(Some(0), None, "b");
    let second = play.produced();
    play.send(Some(0), None, "c");
    let third = play.produced();
    play.refuse(second, ErrorCode::NotLeaderOrFollower);
    play.refuse(third, ErrorCode::OutOfOrderSequenceNumber);
    let again = play.produced();
    assert_eq!(sequences(&again.2), [(0, 1)]);
    play.acknowledge(again, 1);
    let again = play.produced();
    assert_eq!(sequences(&again.2), [(0, 2)]);
    play.acknowledge(again, 2);
    assert_eq!(play.outcomes.len(), 3);
}

/// The broker lost what it knew: the batch next in line is out of order, so the producer starts a new epoch and loses nothing.
#[test]
fn out_of_order_for_the_next_in_line_renumbers() {
    let mut play = Play::new(ProducerConfig::default(), 1);
    play.send(Some(0), None, "a");
    let call = play.produced();
    play.acknowledge(call, 0);
    play.send(Some(0), None, "b");
    let call = play.produced();
    play.refuse(call, ErrorCode::OutOfOrderSequenceNumber);
    let again = play.produced();
    assert_eq!(sequences(&again.2), [(1, 0)]);
    play.acknowledge(again, 0);
    assert_eq!(play.outcomes.len(), 2);
}

/// Every send ends: a partition that never appears after max.block.ms, a batch nobody answers for after delivery.timeout.ms.
#[test]
fn sends_time_out() {
    let mut play = Play::new(ProducerConfig { delivery_timeout: 40 * SECOND, ..ProducerConfig::default() }, 1);
    play.send(Some(3), None, "nowhere");
    play.settle();
    play.send(Some(0), None, "unanswered");
    play.settle();
    play.pass(41 * SECOND);
    assert_eq!(play.outcomes, [(1, Outcome::Failed { error: "TIMED_OUT" })]);
    play.pass(20 * SECOND);
    assert_eq!(play.outcomes[1], (0, Outcome::Failed { error: "TIMED_OUT" }));
}

/// Once the only broker is gone the client knows nothing any more: a send blocks for max.block.ms, whatever delivery.timeout.ms says.
#[test]
fn a_lost_cluster_is_forgotten() {
    let mut play = Play::new(ProducerConfig { delivery_timeout: 31 * SECOND, ..ProducerConfig::default() }, 1);
    play.brokers = vec![1];
    play.send(Some(0), None, "a");
    let call = play.produced();
    play.acknowledge(call, 0);
    play.act(|producer, now, out| producer.on_lost(now, NodeId(1), Broken::Disconnected, out));
    for _ in 0..20 {
        while let Some(call) = play.calls.pop() {
            play.reply(call, Err(Broken::Unreachable));
        }
        play.pass(20 * MILLISECOND);
    }
    play.send(Some(0), None, "b");
    play.pass(40 * SECOND);
    assert_eq!(play.outcomes.len(), 1);
    play.pass(21 * SECOND);
    assert_eq!(play.outcomes[1], (1, Outcome::Failed { error: "TIMED_OUT" }));
}

/// Closing loses nothing that was sent: the linger is cut short, and the process ends only with the last outcome.
#[test]
fn close_waits_for_every_outcome() {
    let mut play = Play::new(ProducerConfig { linger: 60 * SECOND, delivery_timeout: 120 * SECOND, ..ProducerConfig::default() }, 1);
    play.act(|producer, now, out| producer.start(now, out));
    play.settle();
    play.send(Some(0), None, "a");
    play.act(|producer, now, out| producer.close(now, out));
    assert!(!play.exited);
    let call = play.produced();
    play.acknowledge(call, 0);
    assert!(play.exited);
    assert_eq!(play.outcomes, [(0, acknowledged(0, 0))]);
}

/// A batch the broker calls too large is split, and each record still gets its own outcome.
#[test]
fn a_large_batch_is_split() {
    let config = ProducerConfig { batch_size_bytes: 200, linger: 50 * MILLISECOND, ..ProducerConfig::default() };
    let mut play = Play::new(config, 1);
    play.act(|producer, now, out| producer.start(now, out));
    play.settle();
    play.send(Some(0), None, "0123456789");
    play.send(Some(0), None, "0123456789");
    let call = play.produced();
    assert_eq!(batches(&call.2)[0].1.records.len(), 2);
    play.refuse(call, ErrorCode::MessageTooLarge);
    // Two records fit batch.size, so the first split keeps them together; the next halves.
    let call = play.produced();
    play.refuse(call, ErrorCode::MessageTooLarge);
    let first = play.produced();
    assert_eq!(sequences(&first.2), [(0, 0)]);
    play.acknowledge(first, 0);
    let second = play.produced();
    assert_eq!(sequences(&second.2), [(0, 1)]);
    play.acknowledge(second, 1);
    assert_eq!(play.outcomes, [(0, acknowledged(0, 0)), (1, acknowledged(0, 1))]);
}
