//! The table "What if" at the page's root: counted a little in every frame while it is open, shown in the scene, done on a click.

use super::Page;
use crate::app::act::{Page as RailPage, Sheet, WhatIf};
use crate::app::panel::what_if::{self, WhatIfView};
use crate::app::shown;
use crate::app::stage::what_if::Supposed;
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::lab::survive::{Row, Survey};
use std::rc::Rc;

/// How many steps of forks a frame may live.
const COUNT_STEPS: usize = 1_500;

impl Page {
    pub(super) fn what_if(&mut self, act: WhatIf) {
        match act {
            WhatIf::Blow(blow) => {
                self.blow = blow;
                self.survey = None;
                self.counted.clear();
            }
            WhatIf::Over(row) => self.over = row,
            WhatIf::Show(row) => {
                let Some((commands, at)) = self.survey.as_ref().and_then(|survey| {
                    let brokers = &survey.rows.get(row)?.brokers;
                    Some((brokers.iter().map(|id| survey.blow.command(*id)).collect::<Vec<_>>(), survey.at()))
                }) else {
                    return;
                };
                {
                    let mut session = self.session.borrow_mut();
                    if session.player.lab.now() != at {
                        session.player.lab.seek(at);
                    }
                    session.player.lab.branch();
                    session.player.playing = true;
                }
                self.over = None;
                self.rail = RailPage::None;
                self.sheet = Sheet::Peek;
                for command in commands {
                    self.give(&command);
                }
                self.moved();
            }
        }
    }

    /// Counts on in the table while it is open; true while there is something left to count.
    pub(super) fn count_on(&mut self) -> bool {
        if self.rail != RailPage::WhatIf {
            self.survey = None;
            self.over = None;
            return false;
        }
        let session = self.session.borrow();
        let (player, world) = (&session.player, session.player.lab.world());
        // While time runs, the table of one instant is finished first.
        let is_old = self.survey.as_ref().is_none_or(|survey| !player.playing && survey.at() != world.now);
        if is_old {
            if let Some(survey) = self.survey.take() {
                self.counted = survey.rows;
            }
            let acknowledged = Rc::new(self.memory.acknowledged_tails());
            self.survey = Some(Survey::new(Rc::new(world.clone()), acknowledged, self.blow));
        }
        let Some(survey) = &mut self.survey else { return false };
        let goes_on = survey.work(COUNT_STEPS);
        self.is_stale |= goes_on;
        goes_on
    }

    /// The table as it stands, and what it supposes of the scene.
    pub(super) fn look_at_table(&mut self) {
        let Some(survey) = &self.survey else {
            self.supposed = None;
            return;
        };
        let now = self.session.borrow().player.lab.now();
        let mut rows = survey.rows.clone();
        for (row, before) in rows.iter_mut().zip(&self.counted) {
            if row.fates.is_none() && row.brokers == before.brokers {
                row.fates.clone_from(&before.fates);
            }
        }
        let rack_of = |id: i32| self.view.broker(id).and_then(|b| b.rack.as_deref()).unwrap_or_default();
        let note = |row: &Row| match row.rack {
            Some(_) => row.brokers.iter().map(i32::to_string).collect::<Vec<_>>().join(", "),
            None => row.brokers.iter().map(|id| rack_of(*id)).collect::<String>(),
        };
        let view = WhatIfView {
            at: shown::clock_at(survey.at()).into(),
            blow: self.blow,
            notes: rows.iter().map(|row| note(row).into()).collect(),
            rows,
            over: self.over,
            is_counting: !survey.is_done(),
            is_old: survey.at() != now,
        };
        if *self.what_if != view {
            self.what_if = Rc::new(view);
        }
        let over = self.over.and_then(|at| self.what_if.rows.get(at)).filter(|row| row.fates.is_some());
        self.supposed = over.map(|row| {
            let fates = row.fates.as_deref().unwrap_or_default();
            let of = |p: &TopicPartition| survey.partitions.iter().position(|q| q == p).and_then(|at| fates.get(at).copied());
            Rc::new(Supposed { brokers: row.brokers.clone(), fates: self.view.partitions().map(|p| of(&p.partition)).collect() })
        });
        if let Some((headline, because)) = over.and_then(|row| what_if::said(self.lang, survey, row)) {
            (self.headline, self.because) = (Rc::new(headline), Rc::new(because));
        }
    }
}
