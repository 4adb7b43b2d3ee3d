//! The timeline: marks of a run on an axis in the director's time, where every interesting hop has the same room and silence is folded.

use super::place::Place;
use super::scaled;
use crate::kafka::fact::Fact;
use crate::kafka::record::is_internal;
use crate::kafka::record::{RecordId, TopicPartition};
use crate::lab::{Recorded, is_question};
use crate::map::Map;
use crate::sim::{EPOCH, MILLISECOND, Micros, SECOND};
use crate::world::trace::Entry;
use std::collections::VecDeque;
use std::rc::Rc;

/// The whole width, in the units of every x here.
pub const WIDTH: u32 = 10_000;
/// As far as what has been lived may reach; the rest is what has not happened yet.
const LIVED: u32 = 9_000;
/// Silence from this length on is folded.
const FOLD_FROM: Micros = 1_500 * MILLISECOND;
/// The room of folded silence.
const FOLDED: u32 = 620;
/// At most so many marks of a kind are kept; nearer ones are merged.
const MARKS: usize = 400;
/// How many notable instants are remembered; older ones are forgotten one by one.
const NOTABLE: usize = 20_000;

/// What a mark is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A person's act, by its place in the run's commands, with its line.
    You { command: usize, line: Rc<str> },
    /// A leader was elected.
    Election { partition: TopicPartition, to: i32, unclean: bool },
    /// A broker was counted out.
    Fence { broker: i32 },
    /// A broker was counted in again.
    Unfence { broker: i32 },
    /// An ISR lost members.
    Shrink { partition: TopicPartition },
    /// An ISR gained members.
    Grow { partition: TopicPartition },
    /// A log was cut.
    Truncated { partition: TopicPartition, broker: i32 },
    /// A record: acknowledged or not, lost or not.
    Record { record: RecordId, acknowledged: bool, failed: bool, lost: bool },
}

/// A mark on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The instant.
    pub at: Micros,
    /// Where.
    pub x: u32,
    /// What.
    pub mark: Mark,
}

/// A stretch of time: a group forming, a broker down, folded silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its beginning and end on the axis.
    pub x: (u32, u32),
    /// Its beginning and end; an open end is the end of what was lived.
    pub at: (Micros, Micros),
}

/// A timeline, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The axis.
    pub axis: Axis,
    /// The ruler: x and the instant.
    pub ticks: Vec<(u32, Micros)>,
    /// Folded silence.
    pub gaps: Vec<Stretch>,
    /// Marks, oldest first.
    pub marks: Vec<Placed>,
    /// Groups forming or sharing out again.
    pub rebalances: Vec<(Rc<str>, Stretch)>,
    /// Brokers that lived, by id, with the stretches they were down.
    pub brokers: Vec<(i32, Vec<Stretch>)>,
    /// How far the run has been lived.
    pub end: u32,
}

impl Timeline {
    /// The mark before an instant, or behind it.
    pub fn neighbour(&self, at: Micros, forward: bool) -> Option<Micros> {
        let mut instants = self.marks.iter().map(|m| m.at);
        if forward { instants.find(|m| *m > at) } else { instants.rfind(|m| *m < at) }
    }
}

/// The folded axis: instants and where they stand, both ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    knots: Vec<(Micros, u32)>,
}

impl Axis {
    /// Where an instant stands.
    pub fn x(&self, at: Micros) -> u32 {
        let next = self.knots.partition_point(|(t, _)| *t < at);
        match (next.checked_sub(1).and_then(|i| self.knots.get(i)), self.knots.get(next)) {
            (Some((t0, x0)), Some((t1, x1))) => x0 + scaled(at - t0, i64::from(x1 - x0), (t1 - t0).max(1)) as u32,
            (None, Some((_, x))) | (Some((_, x)), None) => *x,
            (None, None) => 0,
        }
    }

    /// The instant that stands at x.
    pub fn at(&self, x: u32) -> Micros {
        let next = self.knots.partition_point(|(_, k)| *k < x);
        match (next.checked_sub(1).and_then(|i| self.knots.get(i)), self.knots.get(next)) {
            (Some((t0, x0)), Some((t1, x1))) => t0 + scaled(i64::from(x - x0), t1 - t0, i64::from((x1 - x0).max(1))),
            (None, Some((t, _))) | (Some((t, _)), None) => *t,
            (None, None) => EPOCH,
        }
    }
}

/// What a timeline depends on beside the facts.
#[derive(Clone, Copy, Debug)]
pub struct Lived<'a> {
    /// The run's commands.
    pub commands: &'a [Recorded],
    /// How many of them are the scene's own and bear no flag.
    pub opening: usize,
    /// The brokers that stand.
    pub brokers: &'a [i32],
    /// How far the run has been lived.
    pub end_at: Micros,
    /// Even instead of folded.
    pub even: bool,
    /// 1: the whole run; more: that part of it around `focus`.
    pub zoom: u32,
    /// The playhead.
    pub focus: Micros,
}

/// The notable instants of a run. It follows the run as it grows, and begins anew when it became another.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    place: Place,
    marks: VecDeque<(Micros, Mark)>,
    records: Map<RecordId, usize>,
    acknowledged: Map<TopicPartition, Vec<(i64, RecordId)>>,
    dropped: usize,
    rebalances: Vec<(Rc<str>, Micros, Option<Micros>)>,
    downs: Map<i32, Vec<(Micros, Option<Micros>)>>,
}

impl Chronicle {
    /// Reads the facts of a run that are new.
    pub fn follow(&mut self, facts: &VecDeque<Rc<Entry>>, forgotten: u64) {
        let from = self.place.next(facts, facts.len(), forgotten).unwrap_or_else(|| {
            *self = Chronicle::default();
            0
        });
        for entry in facts.range(from..) {
            self.note(entry);
        }
        self.place = Place::behind(facts, facts.len(), forgotten);
    }

    fn mark(&mut self, at: Micros, mark: Mark) {
        if let Mark::Record { record, .. } = mark {
            self.records.insert(record, self.dropped + self.marks.len());
        }
        self.marks.push_back((at, mark));
        if self.marks.len() > NOTABLE {
            if let Some((_, Mark::Record { record, .. })) = self.marks.pop_front() {
                self.records.remove(&record);
            }
            self.dropped += 1;
        }
    }

    fn change_record(&mut self, id: RecordId, change: impl FnOnce(&mut bool, &mut bool, &mut bool)) {
        let index = self.records.get(&id).and_then(|i| i.checked_sub(self.dropped));
        if let Some((_, Mark::Record { acknowledged, failed, lost, .. })) = index.and_then(|i| self.marks.get_mut(i)) {
            change(acknowledged, failed, lost);
        }
    }

    fn note(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.fact {
            Fact::RecordSent { record, .. } => {
                self.mark(at, Mark::Record { record: *record, acknowledged: false, failed: false, lost: false });
            }
            Fact::RecordAcknowledged { record, partition, offset, .. } => {
                self.change_record(*record, |acknowledged, _, _| *acknowledged = true);
                if let Some(offset) = offset {
                    let tail = self.acknowledged.entry(partition.clone()).or_default();
                    tail.push((*offset, *record));
                    if tail.len() > 2_048 {
                        tail.drain(..1_024);
                    }
                }
            }
            Fact::RecordFailed { record, .. } => self.change_record(*record, |_, failed, _| *failed = true),
            Fact::BecameLeader { partition, start_offset, .. } => {
                let tail = self.acknowledged.entry(partition.clone()).or_default();
                let gone: Vec<RecordId> = tail.iter().filter(|(o, _)| o >= start_offset).map(|(_, r)| *r).collect();
                tail.retain(|(o, _)| o < start_offset);
                for record in gone {
                    self.change_record(record, |_, _, lost| *lost = true);
                }
            }
            Fact::LeaderElected { partition, to, unclean, .. } if !is_internal(&partition.topic) => {
                self.mark(at, Mark::Election { partition: partition.clone(), to: *to, unclean: *unclean });
            }
            Fact::IsrChanged { partition, from, to } if !is_internal(&partition.topic) => {
                let partition = partition.clone();
                self.mark(at, if to.len() < from.len() { Mark::Shrink { partition } } else { Mark::Grow { partition } });
            }
            Fact::Truncated { partition, .. } | Fact::DataLost { partition, .. } if !is_internal(&partition.topic) => {
                self.mark(at, Mark::Truncated { partition: partition.clone(), broker: entry.node.0 });
            }
            Fact::BrokerFenced { broker, .. } => self.mark(at, Mark::Fence { broker: *broker }),
            Fact::BrokerUnfenced { broker } => self.mark(at, Mark::Unfence { broker: *broker }),
            Fact::RebalanceStarted { group, .. } => {
                let is_open = self.rebalances.iter().rev().any(|(g, _, end)| g == group && end.is_none());
                if !is_open {
                    self.rebalances.push((group.clone(), at, None));
                }
            }
            Fact::GroupStable { group, .. } | Fact::GroupEmpty { group } => {
                if let Some(open) = self.rebalances.iter_mut().rev().find(|(g, _, end)| g == group && end.is_none()) {
                    open.2 = Some(at);
                }
            }
            Fact::Started => {
                let open = self.downs.get_mut(&entry.node.0).and_then(|d| d.last_mut()).filter(|d| d.1.is_none());
                if let Some(open) = open {
                    open.1 = Some(at);
                }
            }
            Fact::Killed | Fact::PowerLost | Fact::DiskLost | Fact::Stopped => {
                let downs = self.downs.entry(entry.node.0).or_default();
                if downs.last().is_none_or(|d| d.1.is_some()) {
                    downs.push((at, None));
                }
            }
            _ => {}
        }
    }

    /// The last rebalances; those that overlap are one, with all names.
    fn merged_rebalances(&self, end_at: Micros) -> Vec<(Vec<&str>, Micros, Micros)> {
        let mut merged: Vec<(Vec<&str>, Micros, Micros)> = Vec::new();
        for (group, from, to) in self.rebalances.iter().skip(self.rebalances.len().saturating_sub(40)) {
            let to = to.unwrap_or(end_at);
            match merged.last_mut() {
                Some((names, _, end)) if *from <= *end => {
                    if !names.contains(&&**group) {
                        names.push(group);
                    }
                    *end = to.max(*end);
                }
                _ => merged.push((vec![group], *from, to)),
            }
        }
        merged
    }

    /// The timeline of a run.
    pub fn timeline(&self, run: &Lived) -> Timeline {
        let Lived { commands, opening, brokers, end_at, even, zoom, focus } = *run;
        let you = commands.iter().enumerate().skip(opening).filter(|(_, r)| !is_question(&r.command)).map(|(command, r)| {
            let line: Rc<str> = r.command.to_string().into();
            (r.at, Mark::You { command, line })
        });
        let mut marks: Vec<(Micros, Mark)> = self.marks.iter().cloned().chain(you).collect();
        crate::sort::by_key(&mut marks, |(at, _)| *at);
        let mut instants = Vec::new();
        let mut add = |at: Micros| {
            if at <= end_at {
                instants.push(at);
            }
        };
        for (at, _) in &marks {
            add(*at);
        }
        let spans = self.rebalances.iter().map(|(_, from, to)| (from, to));
        for (from, to) in spans.chain(self.downs.values().flatten().map(|(from, to)| (from, to))) {
            add(*from);
            add(to.unwrap_or(end_at));
        }
        add(EPOCH);
        add(end_at);
        crate::sort::sort(&mut instants);
        instants.dedup();
        let (axis, gaps) = if even { (even_axis(end_at), Vec::new()) } else { folded_axis(&instants) };
        let (axis, gaps) = zoomed(axis, gaps, zoom, focus);
        let stretch = |from: Micros, to: Option<Micros>| {
            let to = to.unwrap_or(end_at);
            Stretch { x: (axis.x(from), axis.x(to)), at: (from, to) }
        };
        let placed = marks.into_iter().map(|(at, mark)| Placed { at, x: axis.x(at), mark }).collect();
        Timeline {
            ticks: ticks(&axis, &instants),
            marks: thinned(placed),
            rebalances: self
                .merged_rebalances(end_at)
                .into_iter()
                .map(|(names, from, to)| (names.join(", ").into(), stretch(from, Some(to))))
                .collect(),
            brokers: brokers
                .iter()
                .map(|b| (*b, self.downs.get(b).into_iter().flatten().map(|(from, to)| stretch(*from, *to)).collect()))
                .collect(),
            end: axis.x(end_at),
            gaps,
            axis,
        }
    }
}

fn even_axis(end_at: Micros) -> Axis {
    Axis { knots: vec![(EPOCH, 0), (end_at.max(EPOCH + 1), LIVED)] }
}

/// The room between two neighbouring instants: grows with the logarithm, so that a hop of 2 ms and a wait of 200 ms are both seen.
fn room(span: Micros) -> u32 {
    if span >= FOLD_FROM {
        return FOLDED;
    }
    let milliseconds = (span / MILLISECOND) as u32 + 1;
    60 + 26 * milliseconds.ilog2()
}

fn folded_axis(instants: &[Micros]) -> (Axis, Vec<Stretch>) {
    let mut knots = Vec::with_capacity(instants.len());
    let mut folds = Vec::new();
    let mut x: u64 = 0;
    let mut before: Option<Micros> = None;
    for at in instants {
        if let Some(before) = before {
            let span = at - before;
            if span >= FOLD_FROM {
                folds.push((knots.len() - 1, before, *at));
            }
            x += u64::from(room(span));
        }
        knots.push((*at, x));
        before = Some(*at);
    }
    // A young run keeps its natural width; an old one is pressed into the room there is.
    let whole = x.max(1);
    let scale = |x: u64| if whole <= u64::from(LIVED) { x as u32 } else { (x * u64::from(LIVED) / whole) as u32 };
    let knots: Vec<(Micros, u32)> = knots.into_iter().map(|(at, x)| (at, scale(x))).collect();
    let gaps =
        folds.into_iter().filter_map(|(i, from, to)| Some(Stretch { x: (knots.get(i)?.1, knots.get(i + 1)?.1), at: (from, to) })).collect();
    (Axis { knots }, gaps)
}

/// Shows a `zoom`th of the axis, with `focus` at three quarters of the width.
fn zoomed(axis: Axis, gaps: Vec<Stretch>, zoom: u32, focus: Micros) -> (Axis, Vec<Stretch>) {
    if zoom <= 1 {
        return (axis, gaps);
    }
    let end = axis.knots.last().map_or(0, |k| k.1);
    let shift = (axis.x(focus) * zoom).saturating_sub(WIDTH * 3 / 4).min((end * zoom).saturating_sub(LIVED));
    let place = |x: u32| (x * zoom).saturating_sub(shift).min(WIDTH);
    let begin = axis.at(shift / zoom);
    let last = axis.at(((shift + WIDTH) / zoom).min(end));
    let mut knots = vec![(begin, 0)];
    knots.extend(axis.knots.iter().filter(|(at, _)| *at > begin && *at < last).map(|(at, x)| (*at, place(*x))));
    knots.push((last, place(axis.x(last))));
    let gaps = gaps.into_iter().map(|g| Stretch { x: (place(g.x.0), place(g.x.1)), ..g }).filter(|g| g.x.1 > g.x.0).collect();
    (Axis { knots }, gaps)
}

/// The ruler's labels: instants with room for a label before the next.
fn ticks(axis: &Axis, instants: &[Micros]) -> Vec<(u32, Micros)> {
    const ROOM: u32 = 1_150;
    let mut ticks: Vec<(u32, Micros)> = Vec::new();
    let last = instants.last().map_or(0, |at| axis.x(*at));
    for at in instants {
        let x = axis.x(*at);
        if ticks.last().is_none_or(|(before, _)| x >= before + ROOM) && (x + ROOM / 2 <= last || ticks.is_empty()) {
            ticks.push((x, *at));
        }
    }
    ticks
}

/// Merges what stands too near, the weightier mark wins; the person's acts always stay.
fn thinned(marks: Vec<Placed>) -> Vec<Placed> {
    if marks.len() <= MARKS {
        return marks;
    }
    let weight = |m: &Mark| match m {
        Mark::You { .. } => 5,
        Mark::Record { lost: true, .. } => 4,
        Mark::Record { acknowledged: false, .. } => 2,
        Mark::Record { .. } => 1,
        _ => 3,
    };
    let lane = |m: &Mark| match m {
        Mark::You { .. } => 0,
        Mark::Record { .. } => 2,
        _ => 1,
    };
    let least = WIDTH / (MARKS as u32 / 2);
    let mut kept: Vec<Placed> = Vec::with_capacity(MARKS);
    let mut last: [Option<usize>; 3] = [None; 3];
    for placed in marks {
        let slot: &mut Option<usize> = match lane(&placed.mark) {
            0 => &mut last[0],
            1 => &mut last[1],
            _ => &mut last[2],
        };
        match slot.and_then(|i| kept.get_mut(i)).filter(|before| placed.x < before.x + least) {
            Some(before) if weight(&placed.mark) < 5 => {
                if weight(&placed.mark) > weight(&before.mark) {
                    *before = placed;
                }
            }
            _ => {
                *slot = Some(kept.len());
                kept.push(placed);
            }
        }
    }
    crate::sort::by_key(&mut kept, |m| m.at);
    kept
}

/// One second in words of the fold: the length of a gap in whole and tenth seconds.
pub fn gap_length(stretch: &Stretch) -> (i64, i64) {
    let span = stretch.at.1 - stretch.at.0;
    (span / SECOND, span % SECOND / (SECOND / 10))
}
