//! What the scene shows of a row of "What if": its brokers framed, and each partition's fate under its lane.

use super::n;
use crate::app::panel::what_if::fate;
use kafka_playground::lab::survive::Fate;
use kafka_playground::scene::layout::{Fold, Layout, Zoom};
use kafka_playground::scene::view::ClusterView;
use kafka_playground::text::{Lang, Word};
use std::rc::Rc;
use yew::prelude::*;

/// Who would fail, and what would become of the partitions, in the order of the scene's columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Supposed {
    /// The brokers.
    pub(crate) brokers: Vec<i32>,
    /// The fates; none where a partition was not asked about.
    pub(crate) fates: Vec<Option<Fate>>,
}

/// The frames and the fates.
pub(crate) fn supposed(lang: Lang, view: &ClusterView, layout: &Layout, supposed: &Rc<Supposed>) -> Html {
    let framed = view.brokers.iter().zip(&layout.rows).filter(|(broker, _)| supposed.brokers.contains(&broker.id));
    let with_fates = layout.zoom <= Zoom::Bars;
    // Groups stand close below the rack where the window is narrow.
    let below = if layout.fold == Fold::Wide { 14.0 } else { 8.0 };
    html! {
        <g class="supposed" pointer-events="none">
            {for framed.map(|(_, row)| html! {
                <>
                    <rect x={n(row.x - 4.0)} y={n(row.y - 4.0)} width={n(row.w + 8.0)} height={n(row.h + 8.0)} rx="10" class="frame" />
                    <g class="tag">
                        <rect x={n(row.x + 18.0)} y={n(row.y - 13.0)} width="56" height="18" rx="4" />
                        <text x={n(row.x + 46.0)} y={n(row.y)} text-anchor="middle" class="t11">{Word::WhatIfTag.of(lang)}</text>
                    </g>
                </>
            })}
            {for layout.columns.iter().zip(&supposed.fates).filter(|_| with_fates).filter_map(|(column, found)| {
                let (words, class) = fate(lang, (*found)?);
                let lane = column.lane;
                Some(html! { <text x={n(lane.x + 4.0)} y={n(lane.bottom() + below)} class={classes!("t11", class)}>{words}</text> })
            })}
        </g>
    }
}
