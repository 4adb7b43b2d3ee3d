//! Small charts over the timeline, on its own folded axis: gauges are steps, meters a bar for each mark.

use super::timeline::{Place, percent};
use crate::app::tag::{Tag, tag, together};
use kafka_playground::scene::metrics::Metric;
use kafka_playground::scene::timeline::Axis;

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
pub(crate) fn charts(view: &ChartsView, head: Place, lived: Place, at: Option<Place>) -> Tag {
    together()
        .each(view.charts.iter().map(|chart| {
            let value = at.map_or(chart.now, |place| chart.at(place));
            let is_bad = value > 0 && chart.metric.is_trouble();
            tag("div chart").add(tag("b num").class_if(is_bad, "bad").add(value)).add(
                tag("svg width=100% aria-hidden=true")
                    .at("height", HEIGHT)
                    .add(tag("line rule x1=0 x2=100%").at("y1", HEIGHT - 1).at("y2", HEIGHT - 1))
                    .add(shape(chart, lived))
                    .add(
                        tag("text mono x=0 y=11")
                            .add(chart.metric.names().0)
                            .add(chart.metric.is_meter().then(|| tag("tspan cntw").add(" Count"))),
                    ),
            )
        }))
        .add(
            tag("svg cheads width=100% aria-hidden=true")
                .at("height", HEIGHT * view.charts.len() as i64)
                .add(
                    (lived > head)
                        .then(|| tag("rect futureveil y=0 height=100%").at("x", percent(head)).at("width", percent(lived - head))),
                )
                .add(tag("line pline y1=0 y2=100%").at("x1", percent(head)).at("x2", percent(head)))
                .add(at.map(|at| tag("line hover y1=0 y2=100%").at("x1", percent(at)).at("x2", percent(at)))),
        )
}

fn shape(chart: &ChartView, lived: Place) -> Tag {
    let most = chart.points.iter().map(|(_, value)| *value).max().unwrap_or(0).max(1);
    let tall = |value: i64| (value * ROOM / most).max(3);
    let class = if chart.metric.is_trouble() { "bad" } else { "" };
    if chart.metric.is_meter() {
        return together().each(chart.points.iter().map(|(x, n)| {
            tag("svg overflow=visible")
                .at("x", percent(*x))
                .add(tag("rect meter x=-1.5 width=3").class(class).at("y", HEIGHT - 1 - tall(*n)).at("height", tall(*n)))
        }));
    }
    together().each(chart.points.iter().enumerate().filter(|(_, (_, value))| *value > 0).map(|(i, (x, value))| {
        let end = chart.points.get(i + 1).map_or(lived, |(next, _)| *next);
        tag("rect gauge")
            .class(class)
            .at("x", percent(*x))
            .at("width", percent(end.saturating_sub(*x)))
            .at("y", HEIGHT - 1 - tall(*value))
            .at("height", tall(*value))
    }))
}
