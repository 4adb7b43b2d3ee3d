//! The timeline: what happened, on the director's folded time; a playhead that can be dragged, clicked and walked by keys.

use super::charts::{ChartsView, charts};
use crate::app::act::{Act, Time};
use kafka_playground::sim::EPOCH;
use kafka_playground::text::{Lang, Word, clock};
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

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
    fn charts(&self, ctx: &Context<Self>) -> Html {
        let TimelineProps { lang, view, charts: shown, head, .. } = ctx.props();
        if shown.charts.is_empty() {
            return html! {};
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
        html! {
            <div class="charts" tabindex="0" role="slider" aria-label={Word::Metrics.of(*lang)} aria-valuemin="0" aria-valuemax={lived.to_string()} aria-valuenow={place.to_string()}
                aria-valuetext={time.clone()} {onkeydown} {onpointermove} onpointerleave={link.callback(|_| TimelineMsg::Look(None))}>
                {charts(shown, *head, lived, at)}
                if let Some(at) = at { <svg class="ctime" width="100%" height="16"><svg x={percent(at)} overflow="visible"><rect x="-30" width="60" height="16" rx="4" /><text y="12" text-anchor="middle">{time}</text></svg></svg> }
            </div>
        }
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
        html! {
            <>
            {self.charts(ctx)}
            <div class="tline" role="group" aria-label={Word::Timeline.of(lang)}>
                <div class="lns" aria-hidden="true">
                    <span class="ln l0">{Word::LaneYou.of(lang)}</span><span class="ln l1">{Word::LaneCluster.of(lang)}</span>
                    <span class="ln l2">{Word::LaneBrokers.of(lang)}</span><span class="ln l3">{Word::LaneRecords.of(lang)}</span>
                </div>
                <div class="track" ref={self.track.clone()} onpointerdown={link.callback(TimelineMsg::Down)} onpointermove={link.callback(TimelineMsg::Move)}
                    onpointerup={link.callback(|_| TimelineMsg::Up)} onpointercancel={link.callback(|_| TimelineMsg::Up)}>
                    <Standing view={view.clone()} />
                    <svg class="heads" width="100%" height="100%">
                        if view.lived > *head {
                            <rect class="futureveil" x={percent(*head)} y="16" width={percent(view.lived - head)} height="72" />
                        }
                        <svg x={percent(*head)} y="0" overflow="visible" class="play" tabindex="0" role="slider" aria-label={Word::Playhead.of(lang)} aria-valuemin="0"
                            aria-valuemax={view.lived.max(*head).to_string()} aria-valuenow={head.to_string()} aria-valuetext={clock.to_string()} {onkeydown}>
                            <path class="pline" d="M0 8V92" /><rect class="hit" x="-12" y="-6" width="24" height="24" rx="4" /><path class="knob" d="M-7 1a7 7 0 1 1 14 0c0 4-4 6-7 9c-3-3-7-5-7-9z" />
                        </svg>
                    </svg>
                </div>
            </div>
            </>
        }
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

#[derive(Clone, PartialEq, Properties)]
struct StandingProps {
    view: Rc<TimelineView>,
}

/// What stands on the timeline: drawn again only when it changed, not when the playhead moves.
struct Standing;

impl Component for Standing {
    type Message = ();
    type Properties = StandingProps;

    fn create(_: &Context<Self>) -> Self {
        Standing
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let view = &ctx.props().view;
        html! {
            <svg class="lanes" width="100%" height="100%" aria-hidden="true">
                <line class="rule" x1="0" x2="100%" y1="15.5" y2="15.5" />
                {for view.gaps.iter().map(|gap| html! {
                    <><rect class="gap" x={percent(gap.from)} width={percent(gap.to - gap.from)} y="16" height="72" />
                    <text class="gapn" x={percent((gap.from + gap.to) / 2)} y="29" text-anchor="middle">{&*gap.label}</text></>
                })}
                {for view.ticks.iter().map(|(at, label)| html! {
                    <svg x={percent(*at)} overflow="visible"><path class="rulel" d="M.5 3v12" /><text x="5" y="11">{&**label}</text></svg>
                })}
                {for view.groups.iter().map(|group| html! {
                    <><rect class="span" x={percent(group.from)} width={percent(group.to - group.from)} y="39.5" height="9" rx="4.5" />
                    <svg x={percent(group.to)} overflow="visible"><text class="note" x="10" y="48">{&*group.label}</text></svg></>
                })}
                {for view.brokers.iter().enumerate().map(|(row, downs)| broker_line(row, view.brokers.len(), downs, view.lived))}
                if let Some(next) = &view.next {
                    <svg x={percent(view.lived)} overflow="visible"><rect class="nextbox" x="34" width="52" y="39.5" height="9" rx="2" /><text class="note" x="14" y="29">{&**next}</text></svg>
                }
                {for view.marks.iter().map(|one| html! {
                    <svg x={percent(one.at)} overflow="visible">{shape(one.kind)}if let Some(label) = &one.label { <text class="markn" x="12" y={if one.kind == MarkKind::You { "29" } else { "48" }}>{&**label}</text> }</svg>
                })}
            </svg>
        }
    }
}

fn broker_line(row: usize, rows: usize, downs: &[(Place, Place)], lived: Place) -> Html {
    let y = if rows <= 1 { 61 } else { 56 + row * 10 / (rows - 1) }.to_string();
    html! {
        <>
            if rows <= 5 || row == 0 || row + 1 == rows { <line class="bl" x1="0" x2={percent(lived)} y1={y.clone()} y2={y.clone()} /> }
            {for downs.iter().map(|(from, to)| html! { <line class="bl dn" x1={percent(*from)} x2={percent(*to)} y1={y.clone()} y2={y.clone()} /> })}
        </>
    }
}

fn shape(kind: MarkKind) -> Html {
    match kind {
        MarkKind::You => html! { <><path class="flagp" d="M0 17v14" /><path class="flag" d="M0 17.5h8.5L6 20.6l2.5 3.200H0z" /></> },
        MarkKind::Election => html! { <path class="g-ctl" d="M0 38l6 6l-6 6l-6 -6z" /> },
        MarkKind::Fence => html! { <path class="g-ctlo" d="M-4.5 39.5h9v9h-9zM-2.5 41.5l5 5m0 -5l-5 5" /> },
        MarkKind::IsrShrinks => html! { <path class="g-isr" d="M-6 40h12l-6 9z" /> },
        MarkKind::IsrGrows => html! { <path class="g-isr" d="M-6 49h12l-6 -9z" /> },
        MarkKind::Acknowledged => html! { <rect class="rt" x="-1.5" y="75" width="3" height="11" rx="1" /> },
        MarkKind::Pending => html! { <rect class="rt p" x="-2" y="75" width="4" height="11" rx="1" /> },
        MarkKind::Lost => html! { <path class="g-lost" d="M-4 76.5l8 8m0 -8l-8 8" /> },
    }
}
