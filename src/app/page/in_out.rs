//! What the page does for In & out: reads what is pasted, loads it as a run of its own, takes this run away.

use super::Page;
use crate::app::act::Place;
use crate::app::panel::in_out::{self, InOut};
use crate::app::tag::{Tag, together};
use kafka_playground::sim::EPOCH;
use kafka_playground::world::paste;
use kafka_playground::world::take_away::TakeAway;
use std::rc::Rc;

impl Page {
    /// The view, where it stands: hidden, it costs nothing.
    pub(super) fn in_out(&self) -> Tag {
        if self.place != Place::InOut {
            return together();
        }
        let session = self.session.borrow();
        let lab = &session.player.lab;
        let mut scripts = TakeAway::default();
        let mut blocks = Vec::new();
        for recorded in lab.commands().iter().take(lab.applied()) {
            blocks.extend(scripts.block(recorded.at - EPOCH, &recorded.command));
        }
        let InOut { text, paste, refused } = &self.in_out;
        in_out::in_out(self.lang, text, paste, refused.as_deref(), &blocks, &self.on)
    }

    pub(super) fn pasted(&mut self, text: &str) {
        self.in_out = InOut { text: text.to_owned().into(), paste: Rc::new(paste::read(text)), refused: None };
    }

    /// Starts the pasted cluster as a run of its own.
    pub(super) fn load(&mut self) {
        let Some(scenario) = self.in_out.paste.scenario() else { return };
        let loaded = self.session.borrow_mut().load(&scenario);
        match loaded {
            Ok(()) => {
                self.begin_again();
                self.place = Place::Cluster;
            }
            Err((line, error)) => self.in_out.refused = Some(format!("{line}: {error}").into()),
        }
    }

    /// Another scene: nothing of the last is selected or awaited.
    pub(super) fn begin_again(&mut self) {
        self.selected = None;
        self.agenda.clear();
        self.agenda_waits = None;
        self.asked.clear();
        // What the console still waited for will not be answered.
        Rc::make_mut(&mut self.lines).retain(|line| line.answer.is_some());
        self.moved();
    }
}
