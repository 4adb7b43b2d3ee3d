//! Metrics: which are shown over the timeline, and what each counts where.

use crate::app::act::{Act, Page};
use crate::app::bits::icon_button;
use crate::app::tag::{Tag, tag};
use kafka_playground::scene::metrics::Metric;
use kafka_playground::text::{Lang, Word, metric_why};
use yew::prelude::*;

/// At most so many charts.
pub(crate) const CHARTS: usize = 6;

/// The rail's page: a switch for each, with its value now.
pub(crate) fn metrics(lang: Lang, chosen: &[Metric], told: Metric, values: &[i64], on: &Callback<Act>) -> Tag {
    let (name, bean) = told.names();
    tag("section panel metrics")
        .add(
            tag("header")
                .add(tag("h2").add(Word::Metrics.of(lang)).add(tag("span kick").add(Word::MetricsLead.of(lang))))
                .add(icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))),
        )
        .add(tag("ul mets").each(Metric::ALL.iter().zip(values).map(|(metric, value)| {
            let is_on = chosen.contains(metric);
            let is_bad = *value > 0 && metric.is_trouble();
            tag("li")
                .add(
                    tag("label sw")
                        .add(
                            tag("input type=checkbox")
                                .checked(is_on)
                                .flag("disabled", !is_on && chosen.len() >= CHARTS)
                                .click(on, Act::Metric(*metric)),
                        )
                        .add(tag("span mono").add(metric.names().0)),
                )
                .add(tag("b num").class_if(is_bad, "bad").add(*value))
        })))
        .add(tag("div note").add(tag("b").add(name)).add(tag("p mono").add(bean)).add(tag("p").add(metric_why(lang, told as usize))))
}
