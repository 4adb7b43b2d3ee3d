//! What the scene shows of a row of "What if": its brokers framed, and each partition's fate under its lane.

use crate::app::panel::what_if::fate;
use crate::app::tag::{Tag, tag, together};
use kafka_playground::lab::survive::Fate;
use kafka_playground::scene::layout::{Fold, Layout, Zoom};
use kafka_playground::scene::view::ClusterView;
use kafka_playground::text::{Lang, Word};
use std::rc::Rc;

/// Who would fail, and what would become of the partitions, in the order of the scene's columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Supposed {
    /// The brokers.
    pub(crate) brokers: Vec<i32>,
    /// The fates; none where a partition was not asked about.
    pub(crate) fates: Vec<Option<Fate>>,
}

/// The frames and the fates.
pub(crate) fn supposed(lang: Lang, view: &ClusterView, layout: &Layout, supposed: &Rc<Supposed>) -> Tag {
    let framed = view.brokers.iter().zip(&layout.rows).filter(|(broker, _)| supposed.brokers.contains(&broker.id));
    let with_fates = layout.zoom <= Zoom::Bars;
    // Groups stand close below the rack where the window is narrow.
    let below = if layout.fold == Fold::Wide { 14.0 } else { 8.0 };
    tag("g supposed pointer-events=none")
        .each(framed.map(|(_, row)| {
            together().add(tag("rect frame rx=10").xy(row.x - 4.0, row.y - 4.0).size(row.w + 8.0, row.h + 8.0)).add(
                tag("g tag")
                    .add(tag("rect width=56 height=18 rx=4").xy(row.x + 18.0, row.y - 13.0))
                    .add(tag("text t11 text-anchor=middle").xy(row.x + 46.0, row.y).add(Word::WhatIfTag.of(lang))),
            )
        }))
        .each(layout.columns.iter().zip(&supposed.fates).filter(|_| with_fates).filter_map(|(column, found)| {
            let (words, class) = fate(lang, (*found)?);
            let lane = column.lane;
            Some(tag("text t11").class(class).xy(lane.x + 4.0, lane.bottom() + below).add(words))
        }))
}
