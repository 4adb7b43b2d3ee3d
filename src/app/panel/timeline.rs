//! The timeline: what happened, on the director's folded time; a playhead that can be dragged, clicked and walked by keys.

use super::charts::{ChartsView, charts};
use crate::app::act::{Act, Time};
use crate::app::memo::{Draw, memo};
use crate::app::tag::{Tag, tag, together};
use kafka_playground::sim::EPOCH;
use kafka_playground::text::{Lang, Word, clock};
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// A place on the timeline, in ten-thousandths of its width.
pub(crate) type Place = u32;

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// A person's act, with its command.
    You,
    /// A leader was elected.
    Election,
    /// A broker was fenced.
    Fence,
    /// An ISR shrank.
    IsrShrinks,
    /// An ISR grew.
    IsrGrows,
    /// A record was acknowledged.
    Acknowledged,
    /// A record waits for its acknowledgement.
    Pending,
    /// An acknowledged record was lost.
    Lost,
}

/// A mark.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    /// Where.
    pub(crate) at: Place,
    /// What.
    pub(crate) kind: MarkKind,
    /// Words beside it.
    pub(crate) label: Option<Rc<str>>,
}

/// A stretch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch {
    /// From.
    pub(crate) from: Place,
    /// To.
    pub(crate) to: Place,
    /// Its words.
    pub(crate) label: Rc<str>,
}

/// What stands on the timeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TimelineView {
    /// Labels of the ruler.
    pub(crate) ticks: Vec<(Place, Rc<str>)>,
    /// Folded silence, with its length.
    pub(crate) gaps: Vec<Stretch>,
    /// Marks of all lanes.
    pub(crate) marks: Vec<Mark>,
    /// Groups that form.
    pub(crate) groups: Vec<Stretch>,
    /// For each broker, when it was down.
    pub(crate) brokers: Vec<Vec<(Place, Place)>>,
    /// How far the run has been lived.
    pub(crate) lived: Place,
    /// What comes next, unless something else does.
    pub(crate) next: Option<Rc<str>>,
}

/// The timeline's values.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TimelineProps {
    /// The language.
    pub(crate) lang: Lang,
    /// What stands on it.
    pub(crate) view: Rc<TimelineView>,
    /// Charts over it.
    pub(crate) charts: Rc<ChartsView>,
    /// The playhead.
    pub(crate) head: Place,
    /// The clock at the playhead.
    pub(crate) clock: Rc<str>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// What the pointer does.
pub(crate) enum TimelineMsg {
    /// Takes the playhead along.
    Down(PointerEvent),
    /// Moves it.
    Move(PointerEvent),
    /// Lets go.
    Up,
    /// Looks at another place of the charts; none: at the playhead.
    Look(Option<Place>),
}

/// The timeline.
pub(crate) struct Timeline {
    track: NodeRef,
    is_held: bool,
    looks_at: Option<Place>,
}

impl Timeline {
    /// The place of the track under the pointer.
    fn place(&self, event: &PointerEvent) -> Option<Place> {
        let bounds = self.track.cast::<Element>()?.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - bounds.left()) / bounds.width().max(1.0);
        Some((share.clamp(0.0, 1.0) * 10_000.0) as Place)
    }

    fn scrub(&self, ctx: &Context<Self>, event: &PointerEvent) {
        if let Some(place) = self.place(event) {
            ctx.props().on.emit(Act::Time(Time::Scrub(place)));
        }
    }

    /// The charts, with a line that the pointer or the arrow keys move.
    fn charts(&self, ctx: &Context<Self>) -> Tag {
        let TimelineProps { lang, view, charts: shown, head, .. } = ctx.props();
        if shown.charts.is_empty() {
            return together();
        }
        let (link, at, lived) = (ctx.link(), self.looks_at, view.lived);
        let place = at.unwrap_or(*head);
        let keys = link.clone();
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowLeft" => Some(place.saturating_sub(50)),
                "ArrowRight" => Some((place + 50).min(lived)),
                "Home" => Some(0),
                "Escape" | "End" if at.is_some() => None,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            keys.send_message(TimelineMsg::Look(next));
        });
        let look = self.track.clone();
        let onpointermove = link.batch_callback(move |event: PointerEvent| {
            let bounds = look.cast::<Element>()?.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - bounds.left()) / bounds.width().max(1.0);
            let place = (share.clamp(0.0, 1.0) * 10_000.0) as Place;
            Some(TimelineMsg::Look((share > 0.0 && place <= lived).then_some(place)))
        });
        let time = clock(shown.axis.at(place) - EPOCH);
        tag("div charts tabindex=0 role=slider aria-valuemin=0")
            .at("aria-label", Word::Metrics.of(*lang))
            .at("aria-valuemax", lived)
            .at("aria-valuenow", place)
            .at("aria-valuetext", time.clone())
            .on(ListenerKind::onkeydown, onkeydown)
            .on(ListenerKind::onpointermove, onpointermove)
            .on(ListenerKind::onpointerleave, link.callback(|_: PointerEvent| TimelineMsg::Look(None)))
            .add(charts(shown, *head, lived, at))
            .add(at.map(|at| {
                tag("svg ctime width=100% height=16").add(
                    tag("svg overflow=visible")
                        .at("x", percent(at))
                        .add(tag("rect x=-30 width=60 height=16 rx=4"))
                        .add(tag("text y=12 text-anchor=middle").add(time)),
                )
            }))
    }
}

impl Component for Timeline {
    type Message = TimelineMsg;
    type Properties = TimelineProps;

    fn create(_: &Context<Self>) -> Self {
        Timeline { track: NodeRef::default(), is_held: false, looks_at: None }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: TimelineMsg) -> bool {
        match msg {
            TimelineMsg::Down(event) => {
                self.is_held = true;
                if let Some(track) = self.track.cast::<Element>() {
                    let _ = track.set_pointer_capture(event.pointer_id());
                }
                self.scrub(ctx, &event);
            }
            TimelineMsg::Move(event) if self.is_held => self.scrub(ctx, &event),
            TimelineMsg::Move(_) => {}
            TimelineMsg::Up => self.is_held = false,
            TimelineMsg::Look(place) => {
                let moved = self.looks_at != place;
                self.looks_at = place;
                return moved;
            }
        }
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let TimelineProps { lang, view, head, clock, on, .. } = ctx.props();
        let lang = *lang;
        let link = ctx.link();
        let keys = on.clone();
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            let time = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => Time::Steps(-1),
                "ArrowRight" | "ArrowUp" => Time::Steps(1),
                "PageDown" => Time::Steps(-100),
                "PageUp" => Time::Steps(100),
                "Home" => Time::First,
                "End" => Time::Last,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            keys.emit(Act::Time(time));
        });
        together()
            .add(self.charts(ctx))
            .add(
                tag("div tline role=group")
                    .at("aria-label", Word::Timeline.of(lang))
                    .add(
                        tag("div lns aria-hidden=true")
                            .add(tag("span ln l0").add(Word::LaneYou.of(lang)))
                            .add(tag("span ln l1").add(Word::LaneCluster.of(lang)))
                            .add(tag("span ln l2").add(Word::LaneBrokers.of(lang)))
                            .add(tag("span ln l3").add(Word::LaneRecords.of(lang))),
                    )
                    .add(
                        tag("div track")
                            .known_as(&self.track)
                            .on(ListenerKind::onpointerdown, link.callback(TimelineMsg::Down))
                            .on(ListenerKind::onpointermove, link.callback(TimelineMsg::Move))
                            .on(ListenerKind::onpointerup, link.callback(|_: PointerEvent| TimelineMsg::Up))
                            .on(ListenerKind::onpointercancel, link.callback(|_: PointerEvent| TimelineMsg::Up))
                            .add(memo(Standing { view: view.clone() }))
                            .add(
                                tag("svg heads width=100% height=100%")
                                    .add((view.lived > *head).then(|| {
                                        tag("rect futureveil y=16 height=72")
                                            .at("x", percent(*head))
                                            .at("width", percent(view.lived - head))
                                    }))
                                    .add(
                                        tag("svg play y=0 overflow=visible tabindex=0 role=slider aria-valuemin=0")
                                            .at("x", percent(*head))
                                            .at("aria-label", Word::Playhead.of(lang))
                                            .at("aria-valuemax", view.lived.max(*head))
                                            .at("aria-valuenow", *head)
                                            .at("aria-valuetext", clock)
                                            .on(ListenerKind::onkeydown, onkeydown)
                                            .add(tag("path pline").at("d", "M0 8V92"))
                                            .add(tag("rect hit x=-12 y=-6 width=24 height=24 rx=4"))
                                            .add(tag("path knob").at("d", "M-7 1a7 7 0 1 1 14 0c0 4-4 6-7 9c-3-3-7-5-7-9z")),
                                    ),
                            ),
                    ),
            )
            .into()
    }
}

/// A place as a share of the width.
pub(crate) fn percent(place: Place) -> String {
    let mut text = (place / 100).to_string();
    let rest = place % 100;
    text.push_str(if rest < 10 { ".0" } else { "." });
    text.push_str(&rest.to_string());
    text.push('%');
    text
}

#[derive(PartialEq)]
struct Standing {
    view: Rc<TimelineView>,
}

impl Draw for Standing {
    fn draw(&self) -> Tag {
        let view = &self.view;
        tag("svg lanes width=100% height=100% aria-hidden=true")
            .add(tag("line rule x1=0 x2=100% y1=15.5 y2=15.5"))
            .each(view.gaps.iter().map(|gap| {
                together()
                    .add(tag("rect gap y=16 height=72").at("x", percent(gap.from)).at("width", percent(gap.to - gap.from)))
                    .add(tag("text gapn y=29 text-anchor=middle").at("x", percent((gap.from + gap.to) / 2)).add(&gap.label))
            }))
            .each(view.ticks.iter().map(|(at, label)| {
                tag("svg overflow=visible")
                    .at("x", percent(*at))
                    .add(tag("path rulel").at("d", "M.5 3v12"))
                    .add(tag("text x=5 y=11").add(label))
            }))
            .each(view.groups.iter().map(|group| {
                together()
                    .add(tag("rect span y=39.5 height=9 rx=4.5").at("x", percent(group.from)).at("width", percent(group.to - group.from)))
                    .add(tag("svg overflow=visible").at("x", percent(group.to)).add(tag("text note x=10 y=48").add(&group.label)))
            }))
            .each(view.brokers.iter().enumerate().map(|(row, downs)| broker_line(row, view.brokers.len(), downs, view.lived)))
            .add(view.next.as_ref().map(|next| {
                tag("svg overflow=visible")
                    .at("x", percent(view.lived))
                    .add(tag("rect nextbox x=34 width=52 y=39.5 height=9 rx=2"))
                    .add(tag("text note x=14 y=29").add(next))
            }))
            .each(view.marks.iter().map(|one| {
                tag("svg overflow=visible").at("x", percent(one.at)).add(shape(one.kind)).add(
                    one.label
                        .as_ref()
                        .map(|label| tag("text markn x=12").at("y", if one.kind == MarkKind::You { "29" } else { "48" }).add(label)),
                )
            }))
    }
}

fn broker_line(row: usize, rows: usize, downs: &[(Place, Place)], lived: Place) -> Tag {
    let y = if rows <= 1 { 61 } else { 56 + row * 10 / (rows - 1) }.to_string();
    together()
        .add(
            (rows <= 5 || row == 0 || row + 1 == rows)
                .then(|| tag("line bl x1=0").at("x2", percent(lived)).at("y1", y.clone()).at("y2", y.clone())),
        )
        .each(
            downs.iter().map(|(from, to)| {
                tag("line bl dn").at("x1", percent(*from)).at("x2", percent(*to)).at("y1", y.clone()).at("y2", y.clone())
            }),
        )
}

fn shape(kind: MarkKind) -> Tag {
    match kind {
        MarkKind::You => {
            together().add(tag("path flagp").at("d", "M0 17v14")).add(tag("path flag").at("d", "M0 17.5h8.5L6 20.6l2.5 3.200H0z"))
        }
        MarkKind::Election => tag("path g-ctl").at("d", "M0 38l6 6l-6 6l-6 -6z"),
        MarkKind::Fence => tag("path g-ctlo").at("d", "M-4.5 39.5h9v9h-9zM-2.5 41.5l5 5m0 -5l-5 5"),
        MarkKind::IsrShrinks => tag("path g-isr").at("d", "M-6 40h12l-6 9z"),
        MarkKind::IsrGrows => tag("path g-isr").at("d", "M-6 49h12l-6 -9z"),
        MarkKind::Acknowledged => tag("rect rt x=-1.5 y=75 width=3 height=11 rx=1"),
        MarkKind::Pending => tag("rect rt p x=-2 y=75 width=4 height=11 rx=1"),
        MarkKind::Lost => tag("path g-lost").at("d", "M-4 76.5l8 8m0 -8l-8 8"),
    }
}
