//! Groups driven from outside as members drive them: requests in, answers and facts out.

use super::classic_group::GroupState;
use super::config::GroupConfig;
use super::coordinator::GroupCoordinator;
use super::effects::{AppendId, CoordinatorEffects, GroupTimer};
use super::protocol::{GroupRequest, GroupResponse, Subscription};
use crate::kafka::effect::Ticket;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::record::{Record, TopicPartition};
use crate::map::Map;
use crate::sim::queue::Queue;
use crate::sim::rng::Rng;
use crate::sim::{EPOCH, MILLISECOND, Micros, SECOND};
use std::rc::Rc;

/// A coordinator with its timers, and a log that takes every write at once unless `hold`.
struct Bench {
    now: Micros,
    coordinator: GroupCoordinator,
    timers: Queue<GroupTimer>,
    rng: Rng,
    tickets: u64,
    answers: Map<Ticket, GroupResponse>,
    facts: Vec<Fact>,
    log: Vec<Record>,
    hold: bool,
    held: Vec<AppendId>,
}

const GROUP: &str = "g";

fn topic_partition(partition: i32) -> TopicPartition {
    TopicPartition::new(&"orders".into(), partition)
}

fn join(member: &str, instance: Option<&str>, client: &str, protocols: &[&str]) -> GroupRequest {
    let subscription = Subscription { topics: vec!["orders".into()], owned: Vec::new(), generation: -1, rack: None };
    GroupRequest::JoinGroup {
        group: GROUP.into(),
        member_id: member.into(),
        instance_id: instance.map(Into::into),
        client_id: client.into(),
        session_timeout_ms: 45_000,
        rebalance_timeout_ms: 300_000,
        protocols: protocols.iter().map(|name| ((*name).into(), subscription.clone())).collect(),
    }
}

fn heartbeat(member: &str, generation: i32) -> GroupRequest {
    GroupRequest::Heartbeat { group: GROUP.into(), generation, member_id: member.into(), instance_id: None }
}

fn commit(member: &str, generation: i32, offset: i64) -> GroupRequest {
    let offsets = vec![(topic_partition(0), offset, 0)];
    GroupRequest::OffsetCommit { group: GROUP.into(), generation, member_id: member.into(), offsets }
}

fn fetch() -> GroupRequest {
    GroupRequest::OffsetFetch { group: GROUP.into(), partitions: vec![topic_partition(0)] }
}

fn error_of(response: &GroupResponse) -> ErrorCode {
    match response {
        GroupResponse::FindCoordinator { error, .. }
        | GroupResponse::JoinGroup { error, .. }
        | GroupResponse::SyncGroup { error, .. }
        | GroupResponse::Heartbeat { error }
        | GroupResponse::LeaveGroup { error }
        | GroupResponse::OffsetFetch { error, .. } => *error,
        GroupResponse::OffsetCommit(partitions) => partitions[0].1,
    }
}

impl Bench {
    fn new() -> Self {
        Bench::with(GroupConfig::default())
    }

    fn with(config: GroupConfig) -> Self {
        let mut bench = Bench {
            now: EPOCH,
            coordinator: GroupCoordinator::new(config),
            timers: Queue::default(),
            rng: Rng::stream(1, "groups"),
            tickets: 0,
            answers: Map::new(),
            facts: Vec::new(),
            log: Vec::new(),
            hold: false,
            held: Vec::new(),
        };
        bench.load();
        bench
    }

    fn partition(&self) -> i32 {
        self.coordinator.partition_for(GROUP)
    }

    fn load(&mut self) {
        let mut out = CoordinatorEffects::default();
        let partition = self.partition();
        self.coordinator.load(self.now, partition, self.log.iter(), &mut out);
        self.take(out);
    }

    fn take(&mut self, out: CoordinatorEffects) {
        self.answers.extend(out.answers);
        self.facts.extend(out.facts);
        for (at, timer) in out.wakes {
            self.timers.put(at, timer);
        }
        for append in out.appends {
            assert_eq!(append.partition, self.partition());
            self.log.extend(append.records);
            if self.hold { self.held.push(append.id) } else { self.done(append.id) }
        }
    }

    fn done(&mut self, id: AppendId) {
        let mut out = CoordinatorEffects::default();
        self.coordinator.append_done(self.now, id, &mut out);
        self.take(out);
    }

    fn failed(&mut self, id: AppendId, error: ErrorCode) {
        let mut out = CoordinatorEffects::default();
        self.coordinator.append_failed(self.now, id, error, &mut out);
        self.take(out);
    }

    fn send(&mut self, request: &GroupRequest) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket { flight: self.tickets, connection: 0 };
        let mut out = CoordinatorEffects::default();
        self.coordinator.on_request(self.now, ticket, request, &mut self.rng, &mut out);
        self.take(out);
        ticket
    }

    fn ask(&mut self, request: &GroupRequest) -> GroupResponse {
        let ticket = self.send(request);
        self.answers.remove(&ticket).unwrap_or_else(|| panic!("{request:?} was not answered at once"))
    }

    fn run(&mut self, span: Micros) {
        let until = self.now + span;
        while self.timers.next_at().is_some_and(|at| at <= until) {
            let (at, timer) = self.timers.take().unwrap();
            self.now = at;
            let mut out = CoordinatorEffects::default();
            self.coordinator.on_timer(at, timer, &mut out);
            self.take(out);
        }
        self.now = until;
    }

    /// Parks the first real JoinGroup of a dynamic member: its id and the ticket.
    fn enter(&mut self, client: &str) -> (Rc<str>, Ticket) {
        let GroupResponse::JoinGroup { error, member_id, .. } = self.ask(&join("", None, client, &["range"])) else { panic!() };
        assert_eq!(error, ErrorCode::MemberIdRequired);
        let ticket = self.send(&join(&member_id, None, client, &["range"]));
        (member_id, ticket)
    }

    /// The answer to a parked JoinGroup: error, generation, leader, how many members it was told.
    fn joined(&mut self, ticket: Ticket) -> (ErrorCode, i32, Rc<str>, usize) {
        match self.answers.remove(&ticket) {
            Some(GroupResponse::JoinGroup { error, generation, leader, members, .. }) => (error, generation, leader, members.len()),
            other => panic!("expected a JoinGroup answer, found {other:?}"),
        }
    }

    fn sync(&mut self, member: &str, generation: i32, assignments: &[(&Rc<str>, i32)]) -> Ticket {
        let assignments = assignments.iter().map(|(id, partition)| ((*id).clone(), vec![topic_partition(*partition)])).collect();
        self.send(&GroupRequest::SyncGroup { group: GROUP.into(), generation, member_id: member.into(), assignments })
    }

    fn synced(&mut self, ticket: Ticket) -> (ErrorCode, Vec<TopicPartition>) {
        match self.answers.remove(&ticket) {
            Some(GroupResponse::SyncGroup { error, assignment }) => (error, assignment),
            other => panic!("expected a SyncGroup answer, found {other:?}"),
        }
    }

    fn state(&self) -> GroupState {
        self.coordinator.group(GROUP).map_or(GroupState::Dead, |group| group.state())
    }

    /// Two dynamic members in a stable first generation; the first leads and has orders-0, the second orders-1.
    fn two_members(&mut self) -> (Rc<str>, Rc<str>) {
        let (first, first_join) = self.enter("c1");
        let (second, second_join) = self.enter("c2");
        self.run(6 * SECOND);
        assert_eq!(self.joined(first_join), (ErrorCode::None, 1, first.clone(), 2));
        assert_eq!(self.joined(second_join), (ErrorCode::None, 1, first.clone(), 0));
        let follower = self.sync(&second, 1, &[]);
        assert!(!self.answers.contains_key(&follower), "a follower waits for the leader");
        let leader = self.sync(&first, 1, &[(&first, 0), (&second, 1)]);
        if !self.hold {
            assert_eq!(self.synced(leader), (ErrorCode::None, vec![topic_partition(0)]));
            assert_eq!(self.synced(follower), (ErrorCode::None, vec![topic_partition(1)]));
        }
        (first, second)
    }

    /// Heartbeats of `members` every 3 s for `span`.
    fn beat(&mut self, members: &[&Rc<str>], generation: i32, span: Micros) {
        for _ in 0..span / (3 * SECOND) {
            self.run(3 * SECOND);
            for member in members {
                self.ask(&heartbeat(member, generation));
            }
        }
    }
}

#[test]
fn a_new_group_waits_the_initial_delay_and_again_while_members_come() {
    // Why: this delay is the three seconds everyone wonders about when a first consumer starts.
    let mut bench = Bench::new();
    let (_, first) = bench.enter("c1");
    bench.run(3 * SECOND - 1);
    assert_eq!(bench.state(), GroupState::PreparingRebalance);
    bench.run(1);
    assert_eq!(bench.joined(first).1, 1, "nobody else came: the delay is over after 3 s");

    let mut bench = Bench::new();
    let (_, first) = bench.enter("c1");
    bench.run(2 * SECOND);
    let (_, second) = bench.enter("c2");
    bench.run(3 * SECOND);
    assert!(!bench.answers.contains_key(&first), "a member joined during the delay: 3 s more");
    let progress = bench.coordinator.group(GROUP).unwrap().rebalance().unwrap();
    assert!(progress.initial_delay && progress.missing.is_empty());
    assert_eq!(progress.deadline, Some(EPOCH + 6 * SECOND));
    bench.run(SECOND);
    assert_eq!(bench.joined(first).3, 2, "the leader is told both");
    assert_eq!(bench.joined(second).3, 0);
}

#[test]
fn two_members_get_stable_and_each_has_its_partition() {
    // Why: the whole way of a first generation, and what describe group prints of it.
    let mut bench = Bench::new();
    let (first, second) = bench.two_members();
    assert!(first.starts_with("c1-") && first.len() == 3 + 36, "clientId-UUID");
    let described = bench.coordinator.describe(GROUP).unwrap();
    assert_eq!((described.state.name(), &*described.protocol), ("Stable", "range"));
    let members: Vec<_> = described.members.iter().map(|m| (&*m.client_id, m.assignment.clone())).collect();
    assert_eq!(members, [("c1", vec![topic_partition(0)]), ("c2", vec![topic_partition(1)])]);
    assert_eq!(error_of(&bench.ask(&heartbeat(&second, 1))), ErrorCode::None);
    assert_eq!(error_of(&bench.ask(&heartbeat(&second, 0))), ErrorCode::IllegalGeneration);
    assert_eq!(error_of(&bench.ask(&heartbeat("nobody", 1))), ErrorCode::UnknownMemberId);
    assert!(bench.facts.contains(&Fact::GroupStable { group: GROUP.into(), generation: 1, protocol: "range".into(), members: 2 }));
}

#[test]
fn an_assignment_is_handed_out_only_once_it_is_stored() {
    // Why: were it handed out before, a new coordinator could give the same partition to another member.
    let mut bench = Bench::new();
    bench.hold = true;
    let (first, second) = bench.two_members();
    assert_eq!(bench.state(), GroupState::CompletingRebalance);
    assert_eq!(error_of(&bench.ask(&heartbeat(&second, 1))), ErrorCode::None, "a heartbeat while completing is fine");
    assert_eq!(error_of(&bench.ask(&commit(&second, 1, 5))), ErrorCode::RebalanceInProgress, "a commit is not");
    let id = *bench.held.last().unwrap();
    bench.done(id);
    assert_eq!(bench.state(), GroupState::Stable);
    assert_eq!(bench.answers.len(), 2);
    drop(first);

    let mut bench = Bench::new();
    bench.hold = true;
    bench.two_members();
    let id = *bench.held.last().unwrap();
    bench.failed(id, ErrorCode::NotEnoughReplicas);
    assert_eq!(bench.state(), GroupState::PreparingRebalance, "all join again");
    assert!(bench.answers.values().all(|answer| error_of(answer) == ErrorCode::CoordinatorNotAvailable));
}

#[test]
fn a_third_member_makes_everyone_join_again() {
    // Why: the rebalance protocol's heart; heartbeats are how members learn of it.
    let mut bench = Bench::new();
    let (first, second) = bench.two_members();
    let (third, third_join) = bench.enter("c3");
    assert_eq!(error_of(&bench.ask(&heartbeat(&first, 1))), ErrorCode::RebalanceInProgress);
    assert_eq!(error_of(&bench.ask(&commit(&first, 1, 7))), ErrorCode::None, "commits of the old generation are taken until it ends");
    let first_join = bench.send(&join(&first, None, "c1", &["range"]));
    let progress = bench.coordinator.group(GROUP).unwrap().rebalance().unwrap();
    assert_eq!(progress.missing, std::slice::from_ref(&second));
    assert_eq!(progress.deadline, Some(bench.now + 300 * SECOND));
    let second_join = bench.send(&join(&second, None, "c2", &["range"]));
    assert_eq!(bench.joined(first_join), (ErrorCode::None, 2, first.clone(), 3), "the leader stays leader");
    assert_eq!(bench.joined(second_join).1, 2);
    assert_eq!(bench.joined(third_join).1, 2);
    let stale = bench.sync(&second, 1, &[]);
    assert_eq!(bench.synced(stale).0, ErrorCode::IllegalGeneration);
    bench.sync(&first, 2, &[(&first, 0), (&second, 1), (&third, 2)]);
    assert_eq!(bench.state(), GroupState::Stable);
    let late = bench.sync(&third, 2, &[]);
    assert_eq!(bench.synced(late), (ErrorCode::None, vec![topic_partition(2)]), "whoever syncs late gets its part");
}

#[test]
fn a_member_that_does_not_rejoin_is_out_at_the_rebalance_timeout() {
    // Why: one stuck consumer holds the whole group for max.poll.interval.ms, no longer, if its heartbeats go on.
    let mut bench = Bench::new();
    let (first, second) = bench.two_members();
    let first_join = bench.send(&join(&first, None, "c1", &["range"]));
    bench.beat(&[&second], 1, 3 * SECOND);
    let (third, third_join) = bench.enter("c3");
    bench.beat(&[&second], 1, 296 * SECOND);
    assert!(!bench.answers.contains_key(&first_join));
    bench.run(3 * SECOND);
    assert_eq!(bench.joined(first_join), (ErrorCode::None, 2, first, 2));
    assert_eq!(bench.joined(third_join).1, 2);
    assert_eq!(error_of(&bench.ask(&heartbeat(&second, 1))), ErrorCode::UnknownMemberId);
    drop(third);
}

#[test]
fn a_silent_member_is_out_after_its_session_and_a_leaver_at_once() {
    // Why: a crash costs session.timeout.ms, a clean close nothing.
    let mut bench = Bench::new();
    let (first, second) = bench.two_members();
    bench.beat(&[&first], 1, 42 * SECOND);
    assert_eq!(bench.state(), GroupState::Stable, "the last word of the second member was at its SyncGroup");
    bench.beat(&[&first], 1, 6 * SECOND);
    assert_eq!(bench.state(), GroupState::PreparingRebalance);
    assert!(bench.facts.contains(&Fact::MemberLeft { group: GROUP.into(), member: second, expired: true }));
    let ticket = bench.send(&join(&first, None, "c1", &["range"]));
    assert_eq!(bench.joined(ticket), (ErrorCode::None, 2, first.clone(), 1));
    let ticket = bench.sync(&first, 2, &[(&first, 0)]);
    assert_eq!(bench.synced(ticket).0, ErrorCode::None);
    let leave = GroupRequest::LeaveGroup { group: GROUP.into(), member_id: first };
    assert_eq!(error_of(&bench.ask(&leave)), ErrorCode::None);
    assert_eq!(bench.state(), GroupState::Empty);
    let described = bench.coordinator.describe(GROUP).unwrap();
    assert_eq!((described.generation, &*described.protocol), (3, ""));
    assert!(bench.facts.contains(&Fact::GroupEmpty { group: GROUP.into() }));
}

#[test]
fn members_that_never_sync_are_out_and_the_rest_rebalances() {
    // Why: without this deadline a member that dies between its two requests would hold a generation back for ever.
    let mut bench = Bench::new();
    let (first, _) = bench.enter("c1");
    let (second, _) = bench.enter("c2");
    bench.run(6 * SECOND);
    bench.sync(&first, 1, &[(&first, 0), (&second, 1)]);
    bench.beat(&[&first, &second], 1, 303 * SECOND);
    assert_eq!(error_of(&bench.ask(&heartbeat(&first, 1))), ErrorCode::RebalanceInProgress);
    assert_eq!(error_of(&bench.ask(&heartbeat(&second, 1))), ErrorCode::UnknownMemberId);
}

#[test]
fn an_id_that_was_given_out_and_not_used_lapses() {
    // Why: a pending member holds a rebalance open, so it may do so for its session timeout only.
    let mut bench = Bench::new();
    let (first, second) = bench.two_members();
    let GroupResponse::JoinGroup { member_id: pending, .. } = bench.ask(&join("", None, "c3", &["range"])) else { panic!() };
    let first_join = bench.send(&join(&first, None, "c1", &["range"]));
    let second_join = bench.send(&join(&second, None, "c2", &["range"]));
    assert!(!bench.answers.contains_key(&first_join), "the pending member is waited for");
    bench.run(45 * SECOND);
    assert_eq!((bench.joined(first_join).1, bench.joined(second_join).1), (2, 2));
    assert_eq!(error_of(&bench.ask(&join(&pending, None, "c3", &["range"]))), ErrorCode::UnknownMemberId);
}

#[test]
fn joining_again_without_a_change_disturbs_only_when_the_leader_does() {
    // Why: a follower that repeats a JoinGroup after a lost answer must not make everyone rebalance.
    let mut bench = Bench::new();
    let (first, second) = bench.two_members();
    let again = bench.ask(&join(&second, None, "c2", &["range"]));
    assert!(matches!(again, GroupResponse::JoinGroup { generation: 1, error: ErrorCode::None, .. }));
    assert_eq!(bench.state(), GroupState::Stable);
    bench.send(&join(&second, None, "c2", &["range", "roundrobin"]));
    assert_eq!(bench.state(), GroupState::PreparingRebalance, "other metadata is a change");
    let ticket = bench.send(&join(&first, None, "c1", &["range"]));
    assert_eq!(bench.joined(ticket).1, 2);
    bench.sync(&first, 2, &[]);
    assert_eq!(bench.state(), GroupState::Stable);
    bench.send(&join(&first, None, "c1", &["range"]));
    assert_eq!(bench.state(), GroupState::PreparingRebalance, "the leader may have seen new partitions");
}

#[test]
fn a_static_member_that_restarts_gets_its_partitions_back_without_a_rebalance() {
    // Why: this is what group.instance.id is for; its former self must be fenced, or two processes would read the same.
    let mut bench = Bench::new();
    let first_join = bench.send(&join("", Some("i1"), "c1", &["range"]));
    let second_join = bench.send(&join("", Some("i2"), "c2", &["range"]));
    bench.run(6 * SECOND);
    let (_, _, leader, members) = bench.joined(first_join);
    assert!(leader.starts_with("i1-") && members == 2, "instanceId-UUID, joined at once");
    let Some(GroupResponse::JoinGroup { member_id: second, .. }) = bench.answers.remove(&second_join) else { panic!() };
    bench.sync(&leader, 1, &[(&leader, 0), (&second, 1)]);
    assert_eq!(bench.state(), GroupState::Stable);

    let GroupResponse::JoinGroup { error, generation, member_id, skip_assignment, .. } = bench.ask(&join("", Some("i2"), "c2", &["range"]))
    else {
        panic!()
    };
    assert_eq!((error, generation, skip_assignment), (ErrorCode::None, 1, false));
    assert_ne!(member_id, second);
    assert_eq!(bench.state(), GroupState::Stable);
    let ticket = bench.sync(&member_id, 1, &[]);
    assert_eq!(bench.synced(ticket), (ErrorCode::None, vec![topic_partition(1)]));
    assert_eq!(error_of(&bench.ask(&commit(&second, 1, 3))), ErrorCode::FencedInstanceId);
    let old = GroupRequest::Heartbeat { group: GROUP.into(), generation: 1, member_id: second, instance_id: Some("i2".into()) };
    assert_eq!(error_of(&bench.ask(&old)), ErrorCode::FencedInstanceId);

    let leader_again = bench.ask(&join("", Some("i1"), "c1", &["range"]));
    let GroupResponse::JoinGroup { skip_assignment, members, .. } = leader_again else { panic!() };
    assert!(skip_assignment && members.len() == 2, "a leader that restarts sees the members and does not assign");
}

#[test]
fn a_new_coordinator_goes_on_where_the_old_one_was() {
    // Why: the group survives because all of it is in __consumer_offsets; parked requests are sent to look for the new one.
    let mut bench = Bench::new();
    let (first, second) = bench.two_members();
    assert_eq!(error_of(&bench.ask(&commit(&first, 1, 42))), ErrorCode::None);
    let (_, parked) = bench.enter("c3");
    let partition = bench.partition();
    let mut out = CoordinatorEffects::default();
    bench.coordinator.resign(partition, &mut out);
    bench.take(out);
    assert_eq!(bench.joined(parked).0, ErrorCode::NotCoordinator);
    assert_eq!(error_of(&bench.ask(&heartbeat(&first, 1))), ErrorCode::NotCoordinator);

    bench.coordinator = GroupCoordinator::new(GroupConfig::default());
    bench.coordinator.begin_load(partition);
    assert_eq!(error_of(&bench.ask(&heartbeat(&first, 1))), ErrorCode::CoordinatorLoadInProgress);
    bench.timers = Queue::default();
    bench.load();
    assert_eq!(bench.state(), GroupState::Stable);
    assert_eq!(error_of(&bench.ask(&heartbeat(&first, 1))), ErrorCode::None);
    let GroupResponse::OffsetFetch { offsets, .. } = bench.ask(&fetch()) else { panic!() };
    assert_eq!(offsets[0].1.map(|c| c.offset), Some(42));
    let ticket = bench.sync(&second, 1, &[]);
    assert_eq!(bench.synced(ticket), (ErrorCode::None, vec![topic_partition(1)]));
    bench.beat(&[&first], 1, 42 * SECOND);
    assert_eq!(bench.state(), GroupState::Stable);
    bench.beat(&[&first], 1, 6 * SECOND);
    assert_eq!(bench.state(), GroupState::PreparingRebalance, "a member gets one whole session with the new coordinator");
}

#[test]
fn offsets_are_seen_once_they_are_stored() {
    // Why: an offset read back before it is replicated could be taken back by a failover.
    let mut bench = Bench::new();
    bench.hold = true;
    let ticket = bench.send(&commit("", -1, 5));
    let GroupResponse::OffsetFetch { offsets, .. } = bench.ask(&fetch()) else { panic!() };
    assert_eq!(offsets, [(topic_partition(0), None)]);
    let id = bench.held.remove(0);
    bench.failed(id, ErrorCode::RequestTimedOut);
    assert_eq!(error_of(&bench.answers[&ticket]), ErrorCode::CoordinatorNotAvailable);
    bench.done(id);
    let GroupResponse::OffsetFetch { offsets, .. } = bench.ask(&fetch()) else { panic!() };
    assert_eq!(offsets[0].1.map(|c| c.offset), Some(5), "what timed out may yet succeed");
    assert_eq!(bench.log[0].key.as_deref(), Some("g orders-0"));
    assert_eq!(bench.log[0].value.as_deref(), Some("offset=5 epoch=0"));
    assert_eq!(error_of(&bench.ask(&commit("someone", 3, 5))), ErrorCode::UnknownMemberId);
}

#[test]
fn a_commit_without_a_generation_is_refused_while_the_group_has_members() {
    // Why: a simple consumer sharing a group's name would otherwise overwrite what its members commit.
    let mut bench = Bench::new();
    let (first, _) = bench.two_members();
    assert_eq!(error_of(&bench.ask(&commit("", -1, 5))), ErrorCode::UnknownMemberId);
    assert_eq!(error_of(&bench.ask(&commit(&first, 0, 5))), ErrorCode::IllegalGeneration);
    assert_eq!(error_of(&bench.ask(&commit(&first, 1, 5))), ErrorCode::None);
    assert_eq!(error_of(&bench.ask(&commit(&first, 1, 2))), ErrorCode::None, "commits may go backwards");
}

#[test]
fn refusals_at_the_door() {
    // Why: each of these is a configuration mistake whose name people look up.
    let mut bench = Bench::with(GroupConfig { max_size: 2, ..GroupConfig::default() });
    bench.two_members();
    assert_eq!(error_of(&bench.ask(&join("", None, "c3", &["range"]))), ErrorCode::GroupMaxSizeReached);
    let mut bench = Bench::new();
    bench.two_members();
    assert_eq!(error_of(&bench.ask(&join("", None, "c3", &["sticky"]))), ErrorCode::InconsistentGroupProtocol);
    let mut short = join("", None, "c3", &["range"]);
    if let GroupRequest::JoinGroup { session_timeout_ms, .. } = &mut short {
        *session_timeout_ms = 5_999;
    }
    assert_eq!(error_of(&bench.ask(&short)), ErrorCode::InvalidSessionTimeout);
    assert_eq!(error_of(&bench.ask(&join("unknown", None, "c3", &["range"]))), ErrorCode::UnknownMemberId);
}

#[test]
fn the_assignor_most_members_like_best_wins_among_those_all_know() {
    // Why: changing partition.assignment.strategy in a rolling restart depends on this vote.
    let mut bench = Bench::new();
    let tickets = [["range", "sticky"], ["sticky", "range"], ["sticky", "range"]]
        .map(|protocols| bench.send(&join("", Some(&format!("i-{}", bench.tickets)), "c", &protocols)));
    bench.run(6 * SECOND);
    for ticket in tickets {
        let Some(GroupResponse::JoinGroup { protocol, .. }) = bench.answers.remove(&ticket) else { panic!() };
        assert_eq!(protocol.as_deref(), Some("sticky"));
    }
}

#[test]
fn offsets_of_an_empty_group_expire_and_the_group_with_them() {
    // Why: a consumer that was off for more than a week starts anew, to many people's surprise.
    let mut bench =
        Bench::with(GroupConfig { offsets_retention_minutes: 1, offsets_retention_check_interval_ms: 30_000, ..GroupConfig::default() });
    let (first, second) = bench.two_members();
    assert_eq!(error_of(&bench.ask(&commit(&first, 1, 5))), ErrorCode::None);
    bench.beat(&[&first, &second], 1, 120 * SECOND);
    assert_eq!(bench.coordinator.group(GROUP).unwrap().offsets().len(), 1, "never while a member wants the topic");
    for member in [first, second] {
        bench.ask(&GroupRequest::LeaveGroup { group: GROUP.into(), member_id: member });
    }
    bench.run(SECOND);
    assert_eq!(bench.state(), GroupState::Empty);
    bench.run(91 * SECOND + MILLISECOND);
    assert_eq!(bench.state(), GroupState::Dead);
    assert!(bench.log.iter().rev().take(2).all(|record| record.value.is_none()), "tombstones for the offset and the group");
}

#[test]
fn a_static_rejoin_that_is_not_stored_is_undone() {
    // Why: the old process may still be the one the log knows; the new one must ask again as it did first.
    let mut bench = Bench::new();
    let ticket = bench.send(&join("", Some("i1"), "c1", &["range"]));
    bench.run(3 * SECOND);
    let (_, _, old, _) = bench.joined(ticket);
    bench.sync(&old, 1, &[(&old, 0)]);
    bench.hold = true;
    let ticket = bench.send(&join("", Some("i1"), "c1", &["range"]));
    assert_eq!(error_of(&bench.ask(&heartbeat(&old, 1))), ErrorCode::FencedInstanceId);
    let id = bench.held.remove(0);
    bench.failed(id, ErrorCode::NotEnoughReplicas);
    let Some(GroupResponse::JoinGroup { error, member_id, .. }) = bench.answers.remove(&ticket) else { panic!() };
    assert_eq!((error, &*member_id), (ErrorCode::CoordinatorNotAvailable, ""));
    assert_eq!(error_of(&bench.ask(&heartbeat(&old, 1))), ErrorCode::None);
}

#[test]
fn everyone_leaving_in_the_initial_delay_leaves_an_empty_group() {
    // Why: a consumer closed in its first three seconds must not leave a group that waits for nobody.
    let mut bench = Bench::new();
    let (first, parked) = bench.enter("c1");
    assert_eq!(error_of(&bench.ask(&GroupRequest::LeaveGroup { group: GROUP.into(), member_id: first })), ErrorCode::None);
    assert_eq!(bench.joined(parked).0, ErrorCode::UnknownMemberId);
    bench.run(3 * SECOND);
    assert_eq!(bench.state(), GroupState::Empty);
    let (_, parked) = bench.enter("c2");
    bench.run(3 * SECOND);
    assert_eq!(bench.joined(parked).1, 2, "the empty generation counts");
}

#[test]
fn timers_that_come_late_still_count() {
    // Why: a broker process that stood still runs its timers when it goes on; a session must not become endless by that.
    let mut bench = Bench::new();
    bench.two_members();
    bench.now += 100 * SECOND;
    while let Some((_, timer)) = bench.timers.take() {
        let mut out = CoordinatorEffects::default();
        bench.coordinator.on_timer(bench.now, timer, &mut out);
        bench.answers.extend(out.answers);
        bench.facts.extend(out.facts);
    }
    assert_eq!(bench.state(), GroupState::Empty);
}
