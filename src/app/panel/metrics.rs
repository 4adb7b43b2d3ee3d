//! Metrics: which are shown over the timeline, and what each counts where.

use crate::app::act::{Act, Page};
use crate::app::bits::{click, icon_button};
use kafka_playground::scene::metrics::Metric;
use kafka_playground::text::{Lang, Word, metric_why};
use yew::prelude::*;

/// At most so many charts.
pub(crate) const CHARTS: usize = 6;

/// The rail's page: a switch for each, with its value now.
pub(crate) fn metrics(lang: Lang, chosen: &[Metric], told: Metric, values: &[i64], on: &Callback<Act>) -> Html {
    let (name, bean) = told.names();
    html! {
        <section class="panel metrics">
            <header>
                <h2>{Word::Metrics.of(lang)}<span class="kick">{Word::MetricsLead.of(lang)}</span></h2>
                {icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))}
            </header>
            <ul class="mets">{for Metric::ALL.iter().zip(values).map(|(metric, value)| {
                let is_on = chosen.contains(metric);
                let class = (*value > 0 && metric.is_trouble()).then_some("bad");
                html! {
                    <li><label class="sw"><input type="checkbox" checked={is_on} disabled={!is_on && chosen.len() >= CHARTS} onclick={click(on, Act::Metric(*metric))} />
                        <span class="mono">{metric.names().0}</span></label><b class={classes!("num", class)}>{value.to_string()}</b></li>
                }
            })}</ul>
            <div class="note"><b>{name}</b><p class="mono">{bean}</p><p>{metric_why(lang, told as usize)}</p></div>
        </section>
    }
}
