//! The consumer, with the brokers' side played by hand.

use super::*;
use crate::kafka::effect::{Channel, Effect};
use crate::kafka::errors::ErrorCode;
use crate::kafka::group::protocol::{GroupRequest, GroupResponse, JoinedMember};
use crate::kafka::group::record::CommittedOffset;
use crate::kafka::protocol::{
    BrokerInfo, FetchRequest, FetchedPartition, MetadataResponse, OffsetQuery, PartitionMetadata, Response, TopicMetadata,
};
use crate::kafka::record::{BatchKind, Record, RecordBatch, TopicId};
use crate::sim::rng::Rng;
use crate::sim::{EPOCH, MILLISECOND};

type Call = (CallId, NodeId, Channel, Rc<Request>);

struct Play {
    consumer: Consumer,
    rng: Rng,
    next_call: u64,
    now: Micros,
    calls: Vec<Call>,
    exited: bool,
    leader_epoch: i32,
    partitions: i32,
    committed: Map<TopicPartition, i64>,
    commits: Vec<Vec<(TopicPartition, i64, i32)>>,
    generation: i32,
}

fn partition(partition: i32) -> TopicPartition {
    TopicPartition { topic: Rc::from("t"), partition }
}

impl Play {
    fn new(subscription: Subscription, config: ConsumerConfig) -> Play {
        let consumer = Consumer::new(NodeId(100), Rc::from("c1"), config, subscription, vec![NodeId(1)]);
        let mut play = Play {
            consumer,
            rng: Rng::stream(1, "consumer"),
            next_call: 0,
            now: EPOCH,
            calls: Vec::new(),
            exited: false,
            leader_epoch: 0,
            partitions: 2,
            committed: Map::new(),
            commits: Vec::new(),
            generation: 0,
        };
        play.act(|consumer, now, out| consumer.start(now, out));
        play
    }

    fn of_group() -> Play {
        let config = ConsumerConfig { group_id: Some(Rc::from("g")), auto_commit: true, ..ConsumerConfig::default() };
        Play::new(Subscription::Topics(vec![Rc::from("t")]), config)
    }

    fn act(&mut self, act: impl FnOnce(&mut Consumer, Micros, &mut Effects)) {
        let mut out = Effects::new(&mut self.rng, &mut self.next_call, Vec::new());
        act(&mut self.consumer, self.now, &mut out);
        for effect in out.into_list() {
            match effect {
                Effect::Call { call, to, channel, request, .. } => self.calls.push((call, to, channel, request)),
                Effect::Exit => self.exited = true,
                _ => {}
            }
        }
    }

    fn reply(&mut self, (call, from, _, request): Call, response: Response) {
        self.act(|consumer, now, out| consumer.on_reply(now, Reply { call, from, request, result: Ok(response) }, out));
    }

    fn take(&mut self, wanted: impl Fn(&Request) -> bool) -> Option<Call> {
        let index = self.calls.iter().position(|(_, _, _, request)| wanted(request))?;
        Some(self.calls.remove(index))
    }

    /// Answers everything but fetches the way a healthy cluster does, until only fetches wait.
    fn settle(&mut self) {
        while let Some(call) = self.take(|request| !matches!(request, Request::Fetch(_))) {
            let response = self.answer(&call.3);
            self.reply(call, response);
        }
    }

    fn answer(&mut self, request: &Request) -> Response {
        let group = match request {
            Request::Metadata { topics, .. } => return self.metadata(topics),
            Request::ListOffsets { partitions, .. } => {
                let offset = |query: &OffsetQuery| if *query == OffsetQuery::Earliest { 0 } else { 10 };
                return Response::ListOffsets(partitions.iter().map(|(p, _, q)| (p.clone(), ErrorCode::None, offset(q), 0)).collect());
            }
            Request::OffsetForLeaderEpoch { partitions } => {
                let answer = partitions.iter().map(|(p, _, epoch)| (p.clone(), ErrorCode::None, *epoch, 3));
                return Response::OffsetForLeaderEpoch(answer.collect());
            }
            Request::Group(group) => group,
            other => panic!("{}", other.name()),
        };
        let error = ErrorCode::None;
        Response::Group(Box::new(match group {
            GroupRequest::FindCoordinator { .. } => GroupResponse::FindCoordinator { error, broker: 1 },
            GroupRequest::JoinGroup { member_id, instance_id, protocols, .. } => {
                let known = !member_id.is_empty();
                let member_id: Rc<str> = if known { member_id.clone() } else { Rc::from("c1-uuid") };
                self.generation += i32::from(known);
                let me =
                    JoinedMember { member_id: member_id.clone(), instance_id: instance_id.clone(), subscription: protocols[0].1.clone() };
                GroupResponse::JoinGroup {
                    error: if known { error } else { ErrorCode::MemberIdRequired },
                    generation: self.generation,
                    protocol: Some(protocols[0].0.clone()),
                    leader: member_id.clone(),
                    member_id,
                    skip_assignment: false,
                    members: vec![me],
                }
            }
            GroupRequest::SyncGroup { assignments, .. } => GroupResponse::SyncGroup { error, assignment: assignments[0].1.clone() },
            GroupRequest::Heartbeat { .. } => GroupResponse::Heartbeat { error },
            GroupRequest::LeaveGroup { .. } => GroupResponse::LeaveGroup { error },
            GroupRequest::OffsetCommit { offsets, .. } => {
                self.commits.push(offsets.clone());
                self.committed.extend(offsets.iter().map(|(p, offset, _)| (p.clone(), *offset)));
                GroupResponse::OffsetCommit(offsets.iter().map(|(p, ..)| (p.clone(), error)).collect())
            }
            GroupRequest::OffsetFetch { partitions, .. } => {
                let committed = |p: &TopicPartition| {
                    let offset = *self.committed.get(p)?;
                    Some(CommittedOffset { offset, leader_epoch: -1, timestamp_ms: 0 })
                };
                GroupResponse::OffsetFetch { error, offsets: partitions.iter().map(|p| (p.clone(), committed(p))).collect() }
            }
        }))
    }

    fn metadata(&self, topics: &[Topic]) -> Response {
        let partition = |partition| PartitionMetadata {
            error: ErrorCode::None,
            partition,
            leader: 1,
            leader_epoch: self.leader_epoch,
            replicas: vec![1],
            isr: vec![1],
        };
        let topic = |topic: &Topic| TopicMetadata {
            error: ErrorCode::None,
            topic: topic.clone(),
            topic_id: TopicId(1),
            partitions: (0..self.partitions).map(partition).collect(),
        };
        let brokers = vec![BrokerInfo { id: 1, rack: None }];
        Response::Metadata(Box::new(MetadataResponse { brokers, controller: -1, topics: topics.iter().map(topic).collect() }))
    }

    fn pass(&mut self, span: Micros) {
        self.now += span;
        self.act(|consumer, now, out| consumer.on_timer(now, ConsumerTimer::Poll, out));
    }

    /// Answers the fetch that waits: `count` records from the offset asked for on, or an error.
    fn fetched(&mut self, count: i32, error: ErrorCode) {
        let call = self.take(|request| matches!(request, Request::Fetch(_))).expect("a fetch");
        let Request::Fetch(FetchRequest { partitions, .. }) = &*call.3 else { return };
        let one = partitions.iter().min_by_key(|p| p.partition.partition).expect("a partition");
        let record =
            |value: i32| Record { id: None, key: None, value: Some(Rc::from(format!("v{value}"))), timestamp_ms: 0, coordinator: None };
        let batch = RecordBatch {
            base_offset: one.fetch_offset,
            last_offset: one.fetch_offset + i64::from(count) - 1,
            leader_epoch: self.leader_epoch,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            kind: BatchKind::Data,
            records: (0..count).map(|i| (i, record(i))).collect(),
        };
        let fetched = FetchedPartition {
            partition: one.partition.clone(),
            error,
            high_watermark: one.fetch_offset + i64::from(count),
            last_stable_offset: -1,
            log_start_offset: 0,
            diverging: None,
            batches: if count > 0 { vec![Rc::new(batch)] } else { Vec::new() },
        };
        self.reply(call, Response::Fetch(vec![fetched]));
    }

    fn offsets_read(&mut self) -> Vec<(i32, i64)> {
        self.consumer.take_read().iter().map(|r| (r.partition.partition, r.offset)).collect()
    }

    fn positions(&self) -> Vec<(i32, Option<i64>)> {
        self.consumer.positions().map(|(p, position)| (p.partition, position.known())).collect()
    }

    /// The coordinator starts a rebalance: it says so in answer to the next heartbeat.
    fn rebalance(&mut self) {
        self.pass(3 * SECOND);
        let heartbeat = self.take(|request| matches!(request, Request::Group(GroupRequest::Heartbeat { .. }))).expect("a heartbeat");
        assert_eq!(heartbeat.2, Channel::Control);
        self.reply(heartbeat, Response::Group(Box::new(GroupResponse::Heartbeat { error: ErrorCode::RebalanceInProgress })));
    }
}

/// Alone: the policy gives the start, fetches move on, and nothing is handed over twice.
#[test]
fn an_assigned_consumer_reads_from_the_reset_position_on() {
    let config = ConsumerConfig { auto_offset_reset: OffsetReset::Earliest, ..ConsumerConfig::default() };
    let mut play = Play::new(Subscription::Assigned(vec![partition(0)]), config);
    play.settle();
    play.fetched(2, ErrorCode::None);
    assert_eq!(play.offsets_read(), [(0, 0), (0, 1)]);
    assert_eq!(play.positions(), [(0, Some(2))]);
    play.fetched(0, ErrorCode::None);
    assert_eq!(play.offsets_read(), []);
}

/// A position the log does not have any more is reset by policy: latest goes to the end.
#[test]
fn out_of_range_is_reset() {
    let mut play = Play::new(Subscription::Assigned(vec![partition(0)]), ConsumerConfig::default());
    play.settle();
    play.act(|consumer, now, out| assert!(consumer.seek(now, &partition(0), 99, out)));
    play.fetched(0, ErrorCode::None);
    play.fetched(0, ErrorCode::OffsetOutOfRange);
    play.settle();
    assert_eq!(play.positions(), [(0, Some(10))]);
}

/// Without a policy the application is told instead, once until it looks.
#[test]
fn no_policy_is_an_error() {
    let mut play = Play::of_group();
    play.consumer.config.auto_offset_reset = OffsetReset::None;
    play.settle();
    play.pass(5 * SECOND);
    assert_eq!(play.consumer.take_errors(), ["NoOffsetForPartitionException"]);
    assert_eq!(play.positions(), [(0, None), (1, None)]);
}

/// A new leader whose log is shorter: the consumer goes back to where the logs part, neither to the start nor to the end.
#[test]
fn truncation_is_noticed() {
    let config = ConsumerConfig { auto_offset_reset: OffsetReset::Earliest, ..ConsumerConfig::default() };
    let mut play = Play::new(Subscription::Assigned(vec![partition(0)]), config);
    play.settle();
    play.fetched(5, ErrorCode::None);
    play.leader_epoch = 1;
    play.fetched(0, ErrorCode::FencedLeaderEpoch);
    play.pass(SECOND);
    play.settle();
    assert_eq!(play.positions(), [(0, Some(3))]);
}

/// Eager: before it joins again a member commits what it read and gives everything up, and afterwards goes on where it was.
#[test]
fn a_rebalance_commits_and_revokes_first() {
    let mut play = Play::of_group();
    play.settle();
    assert_eq!(play.consumer.membership().map(|m| m.state), Some(MemberState::Stable));
    assert_eq!(play.positions(), [(0, Some(10)), (1, Some(10))]);
    play.fetched(4, ErrorCode::None);
    play.rebalance();
    let commit = play.take(|request| matches!(request, Request::Group(GroupRequest::OffsetCommit { .. }))).expect("a commit first");
    assert!(play.take(|request| matches!(request, Request::Group(GroupRequest::JoinGroup { .. }))).is_none());
    let response = play.answer(&commit.3);
    play.reply(commit, response);
    assert_eq!(play.positions(), []);
    play.settle();
    assert_eq!(play.consumer.membership().map(|m| m.generation), Some(2));
    assert_eq!(play.positions(), [(0, Some(14)), (1, Some(10))]);
}

/// A member the coordinator does not know any more has lost its partitions: it commits nothing, and joins as a new member.
#[test]
fn an_unknown_member_starts_over() {
    let mut play = Play::of_group();
    play.settle();
    play.pass(3 * SECOND);
    let heartbeat = play.take(|request| matches!(request, Request::Group(GroupRequest::Heartbeat { .. }))).expect("a heartbeat");
    play.reply(heartbeat, Response::Group(Box::new(GroupResponse::Heartbeat { error: ErrorCode::UnknownMemberId })));
    assert_eq!(play.positions(), []);
    let join = play.calls.iter().find_map(|call| match &*call.3 {
        Request::Group(GroupRequest::JoinGroup { member_id, .. }) => Some(member_id.clone()),
        _ => None,
    });
    assert_eq!(join.as_deref(), Some(""));
    assert_eq!(play.commits.len(), 0);
}

/// Positions are committed every auto.commit.interval.ms, and once more on close before the member leaves.
#[test]
fn positions_are_committed_in_time_and_on_close() {
    let mut play = Play::of_group();
    play.settle();
    play.pass(4900 * MILLISECOND);
    play.settle();
    assert_eq!(play.commits.len(), 0);
    play.pass(200 * MILLISECOND);
    play.settle();
    assert_eq!(play.commits.len(), 1);
    play.fetched(1, ErrorCode::None);
    play.act(|consumer, now, out| consumer.close(now, out));
    play.settle();
    assert_eq!(play.commits[1][0].1, 11);
    assert!(play.exited);
}

/// The leader notices that a topic grew and asks for a rebalance, so the new partition finds a reader.
#[test]
fn a_grown_topic_is_assigned() {
    let mut play = Play::of_group();
    play.settle();
    play.partitions = 3;
    for _ in 0..101 {
        play.pass(3 * SECOND);
        play.settle();
    }
    assert_eq!(play.consumer.membership().map(|m| m.generation), Some(2));
    assert_eq!(play.positions().len(), 3);
}

/// A page runs overnight: what nobody reads is counted, not kept.
#[test]
fn unread_records_are_bounded() {
    let config = ConsumerConfig { auto_offset_reset: OffsetReset::Earliest, ..ConsumerConfig::default() };
    let mut play = Play::new(Subscription::Assigned(vec![partition(0)]), config);
    play.settle();
    for _ in 0..11 {
        play.fetched(1000, ErrorCode::None);
    }
    assert_eq!(play.consumer.received().forgotten(), 1000);
    assert_eq!(play.consumer.take_read().len(), 10_000);
}
