//! Small charts over the timeline, on its own folded axis: gauges are steps, meters a bar for each mark.

use super::timeline::{Place, percent};
use kafka_playground::scene::metrics::Metric;
use kafka_playground::scene::timeline::Axis;
use yew::prelude::*;

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChartView {
    /// What it shows.
    pub(crate) metric: Metric,
    /// A gauge's value from there on, or a meter's count there.
    pub(crate) points: Vec<(Place, i64)>,
    /// Its value at the playhead.
    pub(crate) now: i64,
}

impl ChartView {
    /// Its value at a place: a gauge's, or how often a meter counted thereabouts.
    fn at(&self, place: Place) -> i64 {
        if self.metric.is_meter() {
            return self.points.iter().filter(|(x, _)| x.abs_diff(place) <= 40).map(|(_, n)| n).sum();
        }
        self.points.iter().take_while(|(x, _)| *x <= place).last().map_or(0, |(_, value)| *value)
    }
}

/// The charts, with the axis that tells the time of a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ChartsView {
    /// The charts, top to bottom.
    pub(crate) charts: Vec<ChartView>,
    /// Time by place.
    pub(crate) axis: Axis,
}

const HEIGHT: i64 = 33;
const ROOM: i64 = 16;

/// The charts; `at`: the place whose values stand left, in the place of those of now.
pub(crate) fn charts(view: &ChartsView, head: Place, lived: Place, at: Option<Place>) -> Html {
    html! {
        <>
            {for view.charts.iter().map(|chart| {
                let value = at.map_or(chart.now, |place| chart.at(place));
                let class = (value > 0 && chart.metric.is_trouble()).then_some("bad");
                html! {
                    <div class="chart">
                        <b class={classes!("num", class)}>{value.to_string()}</b>
                        <svg width="100%" height={HEIGHT.to_string()} aria-hidden="true">
                            <line class="rule" x1="0" x2="100%" y1={(HEIGHT - 1).to_string()} y2={(HEIGHT - 1).to_string()} />
                            {shape(chart, lived)}
                            <text x="0" y="11" class="mono">{chart.metric.names().0}if chart.metric.is_meter() { <tspan class="cntw">{" Count"}</tspan> }</text>
                        </svg>
                    </div>
                }
            })}
            <svg class="cheads" width="100%" height={(HEIGHT * view.charts.len() as i64).to_string()} aria-hidden="true">
                if lived > head { <rect class="futureveil" x={percent(head)} y="0" width={percent(lived - head)} height="100%" /> }
                <line class="pline" x1={percent(head)} x2={percent(head)} y1="0" y2="100%" />
                if let Some(at) = at { <line class="hover" x1={percent(at)} x2={percent(at)} y1="0" y2="100%" /> }
            </svg>
        </>
    }
}

fn shape(chart: &ChartView, lived: Place) -> Html {
    let most = chart.points.iter().map(|(_, value)| *value).max().unwrap_or(0).max(1);
    let tall = |value: i64| (value * ROOM / most).max(3);
    let class = if chart.metric.is_trouble() { "bad" } else { "" };
    if chart.metric.is_meter() {
        return html! {
            {for chart.points.iter().map(|(x, n)| html! {
                <svg x={percent(*x)} overflow="visible"><rect class={classes!("meter", class)} x="-1.5" width="3" y={(HEIGHT - 1 - tall(*n)).to_string()} height={tall(*n).to_string()} /></svg>
            })}
        };
    }
    html! {
        {for chart.points.iter().enumerate().filter(|(_, (_, value))| *value > 0).map(|(i, (x, value))| {
            let end = chart.points.get(i + 1).map_or(lived, |(next, _)| *next);
            html! { <rect class={classes!("gauge", class)} x={percent(*x)} width={percent(end.saturating_sub(*x))} y={(HEIGHT - 1 - tall(*value)).to_string()} height={tall(*value).to_string()} /> }
        })}
    }
}
