//! The next-event queue: what is due, in order of time, and among equals in the order it was put.

use super::Micros;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

#[derive(Clone, Debug)]
struct Due<E> {
    key: Reverse<(Micros, u64)>,
    event: E,
}

impl<E> PartialEq for Due<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<E> Eq for Due<E> {}
impl<E> PartialOrd for Due<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Due<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Events by the instant they are due; ties go by insertion, so a run is a function of its inputs.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Due<E>>,
    next: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue { heap: BinaryHeap::new(), next: 0 }
    }
}

impl<E> Queue<E> {
    /// Puts `event` at `at`.
    pub fn put(&mut self, at: Micros, event: E) {
        let key = Reverse((at, self.next));
        self.next += 1;
        self.heap.push(Due { key, event });
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<Micros> {
        self.heap.peek().map(|due| due.key.0.0)
    }

    /// Takes the next event with its instant.
    pub fn take(&mut self) -> Option<(Micros, E)> {
        self.heap.pop().map(|due| (due.key.0.0, due.event))
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
