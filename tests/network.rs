//! The network as its nodes meet it: random calls, answers, cuts, deaths and returns over seeds.
//!
//! Why: everything above trusts that a request reaches its server once at most, and that its caller hears of its end exactly once: by an
//! answer, or by a word of its loss. A message that vanishes in silence would be a rule of this simulator and not of Kafka.

use kafka_playground::map::{Map, Set};
use kafka_playground::sim::network::{Delivery, Link, Network, NetworkEvent, Ticket};
use kafka_playground::sim::queue::Queue;
use kafka_playground::sim::rng::Rng;
use kafka_playground::sim::{EPOCH, MILLISECOND, Micros, NodeId, SECOND};
use std::rc::Rc;

const NODES: u64 = 4;
const ACTS: u32 = 3_000;

#[derive(Default)]
struct Host {
    network: Network<u64, u64>,
    queue: Queue<NetworkEvent>,
    up: Set<NodeId>,
    /// Who made each call, while its process lives.
    callers: Map<u64, NodeId>,
    reached: Map<u64, u32>,
    ended: Map<u64, u32>,
    /// Requests that wait for their answer.
    held: Vec<(Ticket, u64)>,
}

impl Host {
    fn drain(&mut self, now: Micros, rng: &mut Rng) {
        loop {
            for (at, event) in self.network.drain_schedule() {
                self.queue.put(at.max(now), event);
            }
            let Some(delivery) = self.network.deliveries.pop_front() else { return };
            match delivery {
                Delivery::Request { to, ticket, request, .. } => {
                    assert!(self.up.contains(&to), "a dead process gets request {request}");
                    *self.reached.entry(*request).or_default() += 1;
                    match rng.below(4) {
                        0 => self.held.push((ticket, *request)),
                        1 => self.network.hang_up(now, rng, ticket, true),
                        _ => self.network.answer(now, rng, ticket, *request),
                    }
                }
                Delivery::Reply { to, call, request, result, .. } => {
                    assert_eq!(self.callers.get(&call), Some(&to), "call {call} ends for a process that did not make it");
                    assert!(result.is_err() || result == Ok(Some(*request)), "call {call} gets the answer of another");
                    let ends = self.ended.entry(call).or_default();
                    *ends += 1;
                    assert_eq!(*ends, 1, "call {call} ends again");
                }
                Delivery::Lost { .. } => {}
            }
        }
    }

    fn run_until(&mut self, until: Micros, rng: &mut Rng) {
        while self.queue.next_at().is_some_and(|at| at <= until) {
            let Some((now, event)) = self.queue.take() else { return };
            self.network.on_event(now, rng, event);
            self.drain(now, rng);
        }
    }
}

fn storm(seed: u64) -> (usize, usize) {
    let (mut rng, mut chance) = (Rng::stream(seed, "acts"), Rng::stream(seed, "network"));
    let mut host = Host::default();
    let node = |rng: &mut Rng| NodeId(1 + rng.below(NODES) as i32);
    for id in 1..=NODES as i32 {
        host.network.set_up(NodeId(id));
        host.up.insert(NodeId(id));
    }
    let mut now = EPOCH;
    let mut calls = 0;
    for _ in 0..ACTS {
        now += rng.up_to(200 * MILLISECOND);
        host.run_until(now, &mut chance);
        let (a, b) = (node(&mut rng), node(&mut rng));
        match rng.below(20) {
            0 => host.network.set_link(now, a, b, Link { cut: true, ..host.network.link(a, b) }),
            1..=3 => host.network.set_link(now, a, b, Link { cut: false, ..host.network.link(a, b) }),
            4 if host.up.remove(&a) => {
                host.network.set_down(now, &mut chance, a);
                // Nobody is left to hear of these.
                host.callers.retain(|_, caller| *caller != a);
            }
            5..=7 if host.up.insert(a) => host.network.set_up(a),
            8 if !host.held.is_empty() => {
                let (ticket, request) = host.held.swap_remove(rng.below(host.held.len() as u64) as usize);
                host.network.answer(now, &mut chance, ticket, request);
            }
            _ if a != b && host.up.contains(&a) => {
                calls += 1;
                host.callers.insert(calls, a);
                let channel = rng.below(2) as u8;
                host.network.call(now, &mut chance, a, b, channel, calls, Rc::new(calls), Some(5 * SECOND));
            }
            _ => {}
        }
        host.drain(now, &mut chance);
    }
    // Peace: what is still on its way ends by an answer or by its time-out.
    for a in 1..=NODES as i32 {
        for b in 1..=NODES as i32 {
            let link = Link { cut: false, ..host.network.link(NodeId(a), NodeId(b)) };
            host.network.set_link(now, NodeId(a), NodeId(b), link);
        }
    }
    host.drain(now, &mut chance);
    host.run_until(now + 600 * SECOND, &mut chance);
    for call in 1..=calls {
        let times = host.reached.get(&call).copied().unwrap_or(0);
        assert!(times <= 1, "seed {seed}: request {call} was delivered {times} times");
        if host.callers.contains_key(&call) {
            let ends = host.ended.get(&call).copied().unwrap_or(0);
            assert_eq!(ends, 1, "seed {seed}: the caller of {call} heard of its end {ends} times");
        }
    }
    (host.reached.len(), host.ended.len())
}

#[test]
fn a_request_is_delivered_once_or_its_loss_is_told() {
    let (mut reached, mut told) = (0, 0);
    for seed in 0..40 {
        let (r, t) = storm(seed);
        reached += r;
        told += t;
    }
    assert!(reached > 10_000 && told > 10_000, "the storms must do something: {reached} delivered, {told} ends heard");
}
