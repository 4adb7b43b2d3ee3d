//! How long a picture takes: reading the view, laying it out, composing 1,000, 10,000 and 100,000 messages. A light harness: medians, no statistics.
#![allow(clippy::disallowed_methods)] // a benchmark measures real time

use kafka_playground::lab::player::{OPENING, Player};
use kafka_playground::scene::compose::{Cast, Composer, Picture};
use kafka_playground::scene::flight::{Cargo, FlightView, Load, flights};
use kafka_playground::scene::layout::{Counts, Fold, Layout, Plan};
use kafka_playground::scene::memory::Memory;
use kafka_playground::scene::read::{Emphasis, view};
use kafka_playground::scene::view::ClusterView;
use kafka_playground::sim::NodeId;
use std::time::{Duration, Instant};

const ROUNDS: usize = 41;

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}

/// Messages of every kind between all nodes, evenly on their ways.
fn crowd(view: &ClusterView, count: u64) -> Vec<FlightView> {
    let brokers: Vec<NodeId> = view.brokers.iter().map(|b| NodeId(b.id)).collect();
    let producer = view.producers[0].node;
    let consumers: Vec<NodeId> = view.consumers().map(|c| c.node).collect();
    let partitions: Vec<_> = view.partitions().map(|p| p.partition.clone()).collect();
    (0..count)
        .map(|id| {
            let pick = |list: &[NodeId], salt: u64| list[((id / 7 + salt) % list.len() as u64) as usize];
            let (broker, other) = (pick(&brokers, 0), pick(&brokers, 1));
            let partition = partitions[(id % partitions.len() as u64) as usize].clone();
            let load = |offset| vec![Load { partition: partition.clone(), offset, records: 1, committed: false }];
            let (from, to, cargo) = match id % 7 {
                0 => (producer, broker, Cargo::Produce(load(None))),
                1 => (broker, producer, Cargo::ProduceResponse { error: false }),
                2 => (broker, other, Cargo::Fetch { advances: false }),
                3 => (other, broker, Cargo::FetchResponse(load(Some(3)))),
                4 => (broker, pick(&consumers, 0), Cargo::FetchResponse(load(Some(3)))),
                5 => (broker, NodeId(view.controllers[0].id), Cargo::Heartbeat),
                _ => (pick(&consumers, 1), broker, Cargo::Group { rebalances: false }),
            };
            FlightView { id, from, to, sent_at: 0, arrives_at: 1_000 + (id % 997) as i64, held: false, unread: false, late: false, cargo }
        })
        .collect()
}

fn main() {
    let mut player = Player::open(OPENING).expect("the opening scene");
    player.lab.advance_to(player.lab.now() + 30_000_000, usize::MAX);
    let lab = &player.lab;
    let mut memory = Memory::default();
    memory.follow(lab.all_facts(), lab.happened(), lab.forgotten());
    let standing = view(lab.world(), &memory, &Emphasis::default());
    let counts = Counts::of(&standing);
    let layout = Layout::new(Plan { fold: Fold::Wide, size: (1116.0, 610.0), counts: counts.clone() });
    let cast = Cast::of(&standing);
    println!("read the view          {:>9.1?}", median(|| drop(view(lab.world(), &memory, &Emphasis::default()))));
    println!(
        "lay out                {:>9.1?}",
        median(|| drop(Layout::new(Plan { fold: Fold::Wide, size: (1116.0, 610.0), counts: counts.clone() })))
    );
    println!("read the flights       {:>9.1?}", median(|| drop(flights(lab.world()))));
    for count in [100, 300, 1_000, 10_000, 100_000] {
        let flights = crowd(&standing, count);
        let mut composer = Composer::default();
        let mut at = 0;
        let time = median(|| {
            at += 13;
            let picture = Picture {
                view: &standing,
                layout: &layout,
                cast: &cast,
                flights: &flights,
                pulses: &[],
                moved: &[],
                at,
                selected: None,
                hidden: &[],
                still: false,
                paused: false,
            };
            drop(composer.compose(&picture));
        });
        println!("compose {count:>7} flights {time:>9.1?}");
    }
}
