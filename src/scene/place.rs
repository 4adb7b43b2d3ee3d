//! How far a reader of a run's facts has come, and whether the run is still the one it read.

use crate::world::trace::Entry;
use std::collections::VecDeque;
use std::rc::Rc;

/// The place of a reader.
#[derive(Clone, Debug, Default)]
pub struct Place {
    read: usize,
    forgotten: u64,
    last: Option<Rc<Entry>>,
}

impl Place {
    /// A reader that has read the first `read` facts, of which the run forgot `forgotten` before the first.
    pub fn behind(facts: &VecDeque<Rc<Entry>>, read: usize, forgotten: u64) -> Place {
        Place { read, forgotten, last: read.checked_sub(1).and_then(|i| facts.get(i)).cloned() }
    }

    /// The first fact to read now, of `until`; none when it has to begin anew: another run, or one that was rewound.
    pub fn next(&self, facts: &VecDeque<Rc<Entry>>, until: usize, forgotten: u64) -> Option<usize> {
        let dropped = forgotten.checked_sub(self.forgotten)? as usize;
        let read = self.read.checked_sub(dropped).filter(|read| *read <= until)?;
        // Another run may have as many facts: the last one read tells.
        let is_known = |last| self.last.as_ref().is_some_and(|known| Rc::ptr_eq(known, last));
        (read == 0 || facts.get(read - 1).is_some_and(is_known)).then_some(read)
    }
}
