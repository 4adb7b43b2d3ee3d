//! The next-event queue: what is due, in order of time, and among equals in the order it was put.

use super::Micros;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events by the instant they are due; ties go by insertion, so a run is a function of its inputs.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    /// Instant, number of the insertion and place of the event in one number: what a heap moves about should be small.
    heap: BinaryHeap<Reverse<u128>>,
    events: Vec<E>,
    /// Places whose event was taken.
    free: Vec<u32>,
    next: u64,
}

/// Bits of a key for the event's place; above them is the number of the insertion, above that the instant.
const PLACE_BITS: u32 = 24;

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue { heap: BinaryHeap::new(), events: Vec::new(), free: Vec::new(), next: 0 }
    }
}

impl<E: Copy> Queue<E> {
    /// Puts `event` at `at`.
    pub fn put(&mut self, at: Micros, event: E) {
        let place = match self.free.pop() {
            Some(place) => {
                self.events[place as usize] = event;
                place
            }
            None => {
                assert!(self.events.len() >> PLACE_BITS == 0, "fewer events wait than a key has places for");
                self.events.push(event);
                self.events.len() as u32 - 1
            }
        };
        let order = self.next << PLACE_BITS | u64::from(place);
        self.next += 1;
        self.heap.push(Reverse(u128::from(at.max(0) as u64) << 64 | u128::from(order)));
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<Micros> {
        self.heap.peek().map(|Reverse(key)| (key >> 64) as Micros)
    }

    /// Takes the next event with its instant.
    pub fn take(&mut self) -> Option<(Micros, E)> {
        let Reverse(key) = self.heap.pop()?;
        let place = key as u32 & ((1 << PLACE_BITS) - 1);
        self.free.push(place);
        Some(((key >> 64) as Micros, self.events[place as usize]))
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}
