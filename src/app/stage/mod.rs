//! The standing scene: rack, columns, links, controllers and client cards as SVG, with one delegated handler for pointer and keyboard.

mod links;
mod replica;
mod rows;
pub(crate) mod what_if;

use super::act::{Act, Page, Selected};
use super::links::LinkFault;
use super::panel::group_card::{GroupCard, consumer};
use super::panel::producer_card::ProducerCard;
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::map::Map;
use kafka_playground::scene::compose::Cast;
use kafka_playground::scene::layout::{Card, Fold, Layout, Rect, Zoom};
use kafka_playground::scene::path::Point;
use kafka_playground::scene::view::{ClusterView, GroupView};
use kafka_playground::sim::NodeId;
use kafka_playground::text::{Lang, Word, acked_safe};
use replica::{n, path};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver, SvgElement};
use what_if::Supposed;
use yew::prelude::*;

/// What a newcomer is shown to click.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Nothing any more.
    #[default]
    None,
    /// First Send, then a broker's power.
    Send,
    /// A broker's power.
    Fail,
}

/// What the stage shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct StageProps {
    /// The language.
    pub(crate) lang: Lang,
    /// What stands.
    pub(crate) view: Rc<ClusterView>,
    /// Where.
    pub(crate) layout: Rc<Layout>,
    /// What is selected.
    pub(crate) selected: Option<Selected>,
    /// The key each producer's card sends next.
    pub(crate) choices: Rc<Map<NodeId, Option<Rc<str>>>>,
    /// The topic that cards send to, with its number of partitions.
    pub(crate) topic: Option<(Rc<str>, u32)>,
    /// The acknowledged record that a fail-over did not lose.
    pub(crate) survivor: Option<(TopicPartition, i64)>,
    /// What a row of "What if" supposes.
    pub(crate) supposed: Option<Rc<Supposed>>,
    /// What a newcomer is shown.
    pub(crate) hint: Hint,
    /// The canvas over the stage; the painter's.
    pub(crate) canvas: NodeRef,
    /// Which message is drawn at a point of the scene.
    pub(crate) probe: Callback<Point, Option<u64>>,
    /// The scene's size in CSS pixels, whenever it changes.
    pub(crate) on_size: Callback<(f64, f64)>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// What happens to the stage.
pub(crate) enum StageMsg {
    /// A click.
    Click(MouseEvent),
    /// A key.
    Key(KeyboardEvent),
    /// The keyboard went somewhere.
    Focus(FocusEvent),
}

/// The stage.
pub(crate) struct Stage {
    svg: NodeRef,
    /// The place of the grid that Tab reaches: row 0 are the headers, column 0 the faces.
    cell: (usize, usize),
    /// The keyboard goes to that place once it is drawn.
    goes_on: bool,
    /// The link handle that Tab reaches.
    handle: usize,
    cast: Cast,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

impl Component for Stage {
    type Message = StageMsg;
    type Properties = StageProps;

    fn create(ctx: &Context<Self>) -> Self {
        Stage { svg: NodeRef::default(), cell: (1, 0), goes_on: false, handle: 0, cast: Cast::of(&ctx.props().view), observer: None }
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &Self::Properties) -> bool {
        let props = ctx.props();
        self.cast = Cast::of(&props.view);
        self.cell = (self.cell.0.min(props.layout.rows.len()), self.cell.1.min(props.layout.columns.len()));
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if std::mem::take(&mut self.goes_on) {
            self.go_to(&replica::cell_id(self.cell));
        }
        if first && let Some(svg) = self.svg.cast::<Element>() {
            let on_size = ctx.props().on_size.clone();
            let watched = svg.clone();
            let closure = Closure::new(move || {
                let bounds = watched.get_bounding_client_rect();
                on_size.emit((bounds.width(), bounds.height()));
            });
            if let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) {
                observer.observe(&svg);
                self.observer = Some((observer, closure));
            }
        }
    }

    fn destroy(&mut self, _: &Context<Self>) {
        if let Some((observer, _)) = self.observer.take() {
            observer.disconnect();
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: StageMsg) -> bool {
        match msg {
            StageMsg::Click(event) => self.click(ctx, &event),
            StageMsg::Key(event) => self.key(ctx, &event),
            StageMsg::Focus(event) => self.focused(&event),
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let StageProps { lang, view, layout, selected, .. } = props;
        let link = ctx.link();
        let fold = match layout.fold {
            Fold::Wide => "wide beside",
            Fold::Middle => "mid",
            Fold::Narrow => "narrow",
        };
        let chosen_link = match selected {
            Some(Selected::Link(from, to)) => links::position(view, layout, &self.cast, from.0, to.0),
            _ => None,
        };
        html! {
            <>
                <svg class="sc" ref={self.svg.clone()} viewBox={layout.view_box()} role="group" aria-label={lang.pick("Cluster", "클러스터")}
                    onclick={link.callback(StageMsg::Click)} onkeydown={link.callback(StageMsg::Key)} onfocusin={link.callback(StageMsg::Focus)}>
                    <g class={fold}>
                        {self.lanes(props)}
                        {links::client_lines(view, layout, &self.cast)}
                        {rows::quorum(*lang, view, layout, selected)}
                        if layout.zoom == Zoom::Pixels {
                            {rows::field(*lang, view, layout, selected, self.cell)}
                        } else {
                            {rows::grid(*lang, view, layout, selected, self.cell, (0, 0))}
                        }
                        {rows::bus(view, layout)}
                        {links::rails(view, layout, &self.cast)}
                        {links::handles(*lang, view, layout, &self.cast, self.handle, chosen_link)}
                        {self.producers(props)}
                        {self.consumers(props)}
                        {survivor(props, &self.cast)}
                        {for props.supposed.iter().map(|s| what_if::supposed(*lang, view, layout, s))}
                        {hints(props)}
                        <g class="flabels" aria-hidden="true">
                            {for (0..3).map(|_| html! { <g class="flabel" visibility="hidden"><rect y="-10" height="20" rx="4" class="tagb" /><text y="4" class="t11 mono" /></g> })}
                        </g>
                    </g>
                </svg>
                <canvas ref={props.canvas.clone()} aria-hidden="true" />
            </>
        }
    }
}

impl Stage {
    fn lanes(&self, props: &StageProps) -> Html {
        let StageProps { lang, view, layout, selected, .. } = props;
        let chosen = chosen_column(selected);
        html! {
            <>
                {for layout.columns.iter().zip(view.partitions()).filter(|_| layout.zoom <= Zoom::Bars).map(|(column, partition)| {
                    let lane = column.lane;
                    let class = classes!("lane", (chosen == Some(&partition.partition)).then_some("sel"));
                    html! {
                        <>
                            <rect x={n(lane.x)} y={n(lane.y)} width={n(lane.w)} height={n(lane.h)} rx="6" {class} />
                            if partition.leader.is_none() { <rect x={n(lane.x)} y={n(lane.y)} width={n(lane.w)} height={n(lane.h)} rx="6" class="lane off" /> }
                        </>
                    }
                })}
                {for layout.topics.iter().zip(&view.topics).map(|(head, topic)| rows::topic_head(*lang, head, topic, layout))}
                if view.topics.is_empty() && !layout.rows.is_empty() {
                    {empty_card(Rect::new(layout.rack.x + layout.rack.w / 2.0 - 70.0, layout.rack.y - 34.0, 140.0, 28.0), Word::AddTopic.of(*lang), &props.on)}
                }
            </>
        }
    }

    fn producers(&self, props: &StageProps) -> Html {
        let StageProps { lang, view, layout, selected, choices, topic, on, .. } = props;
        html! {
            <>
                {for view.producers.iter().zip(&layout.producers).map(|(producer, rect)| html! {
                    <foreignObject key={producer.node.0} x={n(rect.x)} y={n(rect.y)} width={n(rect.w)} height={n(rect.h)}>
                        <div xmlns="http://www.w3.org/1999/xhtml">
                            <ProducerCard lang={*lang} view={Rc::new(producer.clone())} choice={choices.get(&producer.node).cloned().flatten()} topic={topic.clone()}
                                card={layout.producer_card} is_selected={*selected == Some(Selected::Producer(producer.node))} on={on.clone()} />
                        </div>
                    </foreignObject>
                })}
                if view.producers.is_empty() {
                    {empty_card(match layout.fold {
                        Fold::Wide => Rect::new(20.0, layout.rack.middle_y() - 22.0, 148.0, 44.0),
                        Fold::Middle => Rect::new(30.0, 18.0, 528.0, 44.0),
                        Fold::Narrow => Rect::new(16.0, 10.0, 206.0, 44.0),
                    }, Word::AddProducer.of(*lang), on)}
                }
            </>
        }
    }

    fn consumers(&self, props: &StageProps) -> Html {
        let StageProps { lang, view, layout, selected, on, .. } = props;
        let card = match (layout.fold, layout.consumer_card) {
            (Fold::Narrow, _) => Card::Line,
            (_, card) => card,
        };
        let loners = (!view.loners.is_empty()).then(|| layout.groups.get(view.groups.len())).flatten();
        html! {
            <>
                {for view.groups.iter().zip(&layout.groups).map(|(group, at)| group_box(at.rect, layout.fold, html! {
                    <GroupCard lang={*lang} view={Rc::new(GroupView::clone(group))} {card} selected={selected.clone()} on={on.clone()} />
                }))}
                if let Some(at) = loners {
                    {group_box(at.rect, layout.fold, html! {
                        <>
                            if card != Card::Line { <div class="gh"><span class="dim">{lang.pick("no group", "그룹 없음")}</span></div> }
                            <div class={if card == Card::Full { "" } else { "gr" }}>
                                {for view.loners.iter().map(|c| consumer(*lang, c, card, *selected == Some(Selected::Consumer(c.node)), false, on))}
                            </div>
                        </>
                    })}
                }
            </>
        }
    }

    /// A click: a message first, then what stands there; true when the lens moved.
    fn click(&mut self, ctx: &Context<Self>, event: &MouseEvent) -> bool {
        let props = ctx.props();
        let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return false };
        // Cards have their own buttons.
        if target.closest("foreignObject").ok().flatten().is_some() {
            return false;
        }
        if let Some(svg) = self.svg.cast::<Element>() {
            let bounds = svg.get_bounding_client_rect();
            let p = Point::new(f64::from(event.client_x()) - bounds.left(), f64::from(event.client_y()) - bounds.top());
            if target.closest(".field").ok().flatten().is_some() {
                self.cell = props.layout.place_at(props.layout.to_scene(p));
                return true;
            }
            // A key press comes as a click without a place.
            if event.detail() > 0
                && let Some(message) = props.probe.emit(props.layout.to_scene(p))
            {
                props.on.emit(Act::Select(Some(Selected::Message(message))));
                return false;
            }
        }
        let offset = target.closest("[data-offset]").ok().flatten().and_then(|e| e.get_attribute("data-offset")?.parse().ok());
        if let Some(hit) = hit_of(&target) {
            self.act(ctx, &hit, offset);
        }
        false
    }

    /// What a thing does when it is clicked or entered.
    fn act(&self, ctx: &Context<Self>, hit: &str, offset: Option<i64>) {
        let on = &ctx.props().on;
        let mut words = hit.split('/');
        let kind = words.next().unwrap_or_default();
        let select = |selected| on.emit(Act::Select(Some(selected)));
        let words: Vec<&str> = words.collect();
        let number = |i: usize| words.get(i).and_then(|w| w.parse::<i32>().ok());
        match kind {
            "b" => {
                if let Some(id) = number(0) {
                    select(Selected::Broker(id));
                }
            }
            "power" => {
                if let Some(id) = number(0) {
                    on.emit(Act::Power(id));
                }
            }
            "c" => {
                if let Some(id) = number(0) {
                    select(Selected::Controller(id));
                }
            }
            "t" => {
                if let Some(topic) = words.first() {
                    select(Selected::Topic((*topic).into()));
                }
            }
            "p" => {
                if let (Some(topic), Some(partition)) = (words.first(), number(1)) {
                    select(Selected::Partition(TopicPartition { topic: (*topic).into(), partition }));
                }
            }
            "r" => {
                if let (Some(topic), Some(partition)) = (words.get(1), number(2)) {
                    let partition = TopicPartition { topic: (*topic).into(), partition };
                    select(match offset {
                        Some(offset) => Selected::Record(partition, offset),
                        None => Selected::Partition(partition),
                    });
                }
            }
            "l" => {
                if let (Some(from), Some(to)) = (number(0), number(1)) {
                    on.emit(Act::Link(NodeId(from), NodeId(to), LinkFault::Cut));
                }
            }
            "add" => on.emit(Act::Open(Page::Add)),
            _ => {}
        }
    }

    /// A key on the stage; true when the place that Tab reaches moved.
    fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return false;
        }
        let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return false };
        let id = target.id();
        let handled = || {
            event.prevent_default();
            event.stop_propagation();
        };
        let key = event.key();
        let is_enter = key == "Enter";
        if let Some(at) = id.strip_prefix("l-").and_then(|i| i.parse::<usize>().ok()) {
            let props = ctx.props();
            let count = links::count(&props.view, &props.layout, &self.cast).max(1);
            match key.as_str() {
                "ArrowRight" | "ArrowDown" => self.handle = (at + 1) % count,
                "ArrowLeft" | "ArrowUp" => self.handle = (at + count - 1) % count,
                _ if is_enter || key == " " || key.eq_ignore_ascii_case("x") && !event.shift_key() => {
                    handled();
                    if let Some(hit) = hit_of(&target) {
                        self.act(ctx, &hit, None);
                    }
                    return false;
                }
                _ => return false,
            }
            handled();
            self.go_to(&["l-", &self.handle.to_string()].concat());
            return true;
        }
        let Some((row, column)) = place_of(&id) else {
            if (is_enter || key == " ") && target.get_attribute("data-hit").is_some() {
                handled();
                if let Some(hit) = hit_of(&target) {
                    self.act(ctx, &hit, None);
                }
            }
            return false;
        };
        let layout = &ctx.props().layout;
        let (rows, columns) = (layout.rows.len(), layout.columns.len());
        let next = match key.as_str() {
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => ((row + 1).min(rows), column),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, (column + 1).min(columns)),
            "Home" => (row, 0),
            "End" => (row, columns),
            "k" => {
                let broker = row.checked_sub(1).and_then(|i| ctx.props().view.brokers.get(i));
                if let Some(broker) = broker {
                    handled();
                    ctx.props().on.emit(Act::Power(broker.id));
                }
                return false;
            }
            _ if is_enter || (key == " " && target.get_attribute("role").as_deref() == Some("switch")) => {
                handled();
                if let Some(hit) = hit_of(&target) {
                    self.act(ctx, &hit, None);
                }
                return false;
            }
            _ => return false,
        };
        // Nothing stands where faces and headers cross.
        let next = if next == (0, 0) { if row == 0 { (0, 1.min(columns)) } else { (1, 0) } } else { next };
        handled();
        self.cell = next;
        // Through the lens, the next page is only there once it has been drawn.
        self.goes_on = layout.zoom == Zoom::Pixels;
        self.go_to(&replica::cell_id(next));
        true
    }

    /// A place that was reached by pointer is where Tab comes back to.
    fn focused(&mut self, event: &FocusEvent) -> bool {
        let id = event.target().and_then(|t| t.dyn_into::<Element>().ok()).map(|e| e.id()).unwrap_or_default();
        if let Some(place) = place_of(&id) {
            let moved = self.cell != place;
            self.cell = place;
            return moved;
        }
        if let Some(handle) = id.strip_prefix("l-").and_then(|i| i.parse().ok()) {
            let moved = self.handle != handle;
            self.handle = handle;
            return moved;
        }
        false
    }

    fn go_to(&self, id: &str) {
        let found = self.svg.cast::<Element>().and_then(|svg| svg.query_selector(&["#", id].concat()).ok().flatten());
        if let Some(element) = found {
            if let Some(svg) = element.dyn_ref::<SvgElement>() {
                let _ = svg.focus();
            } else if let Some(html) = element.dyn_ref::<HtmlElement>() {
                let _ = html.focus();
            }
        }
    }
}

/// The partition whose lane is tinted.
fn chosen_column(selected: &Option<Selected>) -> Option<&TopicPartition> {
    match selected {
        Some(Selected::Partition(p) | Selected::Record(p, _)) => Some(p),
        _ => None,
    }
}

fn place_of(id: &str) -> Option<(usize, usize)> {
    let (row, column) = id.strip_prefix("g-")?.split_once('-')?;
    Some((row.parse().ok()?, column.parse().ok()?))
}

fn hit_of(target: &Element) -> Option<String> {
    target.closest("[data-hit]").ok().flatten()?.get_attribute("data-hit")
}

fn group_box(rect: Rect, fold: Fold, inside: Html) -> Html {
    let rx = if fold == Fold::Wide { "10" } else { "8" };
    html! {
        <>
            <rect x={n(rect.x)} y={n(rect.y)} width={n(rect.w)} height={n(rect.h)} {rx} class="gbox" />
            <foreignObject x={n(rect.x)} y={n(rect.y)} width={n(rect.w)} height={n(rect.h)}>
                <div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>
            </foreignObject>
        </>
    }
}

/// A dashed card where something would stand.
fn empty_card(rect: Rect, word: &'static str, _: &Callback<Act>) -> Html {
    html! {
        <g class="empty" role="button" tabindex="0" data-hit="add" aria-label={word}>
            <rect x={n(rect.x)} y={n(rect.y)} width={n(rect.w)} height={n(rect.h)} rx="8" />
            <text x={n(rect.middle_x())} y={n(rect.middle_y() + 4.0)} class="t12" text-anchor="middle">{"+ "}{word}</text>
        </g>
    }
}

/// "acked, safe" beside the lane, with a line to the record in the new leader's log.
fn survivor(props: &StageProps, cast: &Cast) -> Html {
    let layout = &props.layout;
    let Some((partition, offset)) = props.survivor.as_ref().filter(|_| layout.zoom == Zoom::Cells) else { return html! {} };
    let found = props.view.partition(partition).and_then(|view| Some((view, cast.row(view.leader?)?, cast.column(partition)?)));
    let Some((view, row, column)) = found.filter(|(view, ..)| (view.base..view.base + layout.slots as i64).contains(offset)) else {
        return html! {};
    };
    let Some(rect) = layout.rows.get(row) else { return html! {} };
    let text = acked_safe(props.lang, &[&partition.to_string(), "@", &offset.to_string()].concat());
    let w = 34.0 + 6.2 * text.chars().map(|c| if c.is_ascii() { 1.0 } else { 1.75 }).sum::<f64>();
    let (x, h) = (layout.offset_x(column, view.base, *offset), 22.0);
    let lane = layout.columns.get(column).map_or(layout.rack.x, |c| c.cells + 6.0);
    let left = (x - w / 2.0).max(lane).min(layout.rack.right() - w - 4.0);
    // Over the row; under it where there is none above.
    let gap = |upper: usize| layout.rows.get(upper + 1).zip(layout.rows.get(upper)).map_or(30.0, |(below, above)| below.y - above.bottom());
    let (top, from, to) = match row.checked_sub(1) {
        Some(above) => {
            let top = rect.y - gap(above) / 2.0 - h / 2.0;
            (top, top + h, rect.y + layout.anatomy.leader.0)
        }
        None => {
            let top = rect.bottom() + gap(row) / 2.0 - h / 2.0;
            (top, top, rect.y + layout.anatomy.leader.0 + layout.anatomy.leader.1)
        }
    };
    html! {
        <g class="callout" aria-hidden="true">
            <path d={path(&[("M", &[x, from]), ("V", &[to])])} class="cline" />
            <rect x={n(left)} y={n(top)} width={n(w)} height={n(h)} rx="5" class="cbox" />
            <path d={path(&[("M", &[left + 9.0, top + 11.5]), ("l2.8 3l5 -6.500", &[])])} class="tick ok" />
            <text x={n(left + 24.0)} y={n(top + 15.0)} class="t11">{text}</text>
        </g>
    }
}

/// The two things a newcomer can click.
fn hints(props: &StageProps) -> Html {
    let StageProps { lang, layout, hint, .. } = props;
    if *hint == Hint::None {
        return html! {};
    }
    let bubble = |strong: bool, number: &'static str, rect: Rect, tip: Point, word: &'static str| {
        let from_below = tip.y < rect.y;
        let edge = if from_below { rect.y + 0.8 } else { rect.bottom() - 0.8 };
        let d = path(&[("M", &[tip.x - 6.0, edge]), ("L", &[tip.x, tip.y]), ("L", &[tip.x + 6.0, edge])]);
        html! {
            <g class={classes!("hint", strong.then_some("strong"))} aria-hidden="true">
                <rect x={n(rect.x)} y={n(rect.y)} width={n(rect.w)} height={n(rect.h)} rx="6" class="hb0" />
                <path {d} class="hb1" />
                <circle cx={n(rect.x + 15.0)} cy={n(rect.y + 14.0)} r="8" class="hc" />
                <text x={n(rect.x + 15.0)} y={n(rect.y + 18.0)} class="t11 strong hn" text-anchor="middle">{number}</text>
                <text x={n(rect.x + 29.0)} y={n(rect.y + 18.3)} class="t12 ht">{word}</text>
            </g>
        }
    };
    let send = props.layout.producers.first().filter(|_| *hint == Hint::Send).and_then(|card| match layout.fold {
        Fold::Wide if card.y - 44.0 < layout.quorum.bottom() + 4.0 => None,
        Fold::Wide => Some((Rect::new(card.x, card.y - 44.0, card.w, 28.0), Point::new(card.middle_x(), card.y - 2.0))),
        Fold::Middle => Some((
            Rect::new(card.x, card.bottom() + 8.0, if props.lang == Lang::Ko { 156.0 } else { 112.0 }, 28.0),
            Point::new(card.x + 30.0, card.bottom()),
        )),
        Fold::Narrow => Some((Rect::new(104.0, card.bottom() + 6.0, 150.0, 28.0), Point::new(150.0, card.bottom() - 2.0))),
    });
    let power =
        layout.rows.first().filter(|_| *hint == Hint::Fail || layout.fold == Fold::Wide).filter(|_| layout.zoom == Zoom::Cells).map(
            |row| {
                let button = layout.anatomy.power;
                let tip = Point::new(row.x + button.x + button.w / 2.0, row.y + button.bottom() + 1.0);
                let w = 154.0;
                let x = (tip.x - 95.0).min(layout.rack.right() - w);
                let y = if layout.fold == Fold::Narrow {
                    tip.y + 10.0
                } else {
                    row.bottom() + 28.0_f64.min(layout.rows.get(1).map_or(28.0, |next| (next.y - row.bottom() - 28.0).max(8.0)))
                };
                (Rect::new(x, y, w, 28.0), tip)
            },
        );
    html! {
        <>
            if let Some((rect, tip)) = send { {bubble(true, "1", rect, tip, Word::HintSend.of(*lang))} }
            if let Some((rect, tip)) = power { {bubble(*hint == Hint::Fail, "2", rect, tip, Word::HintFail.of(*lang))} }
        </>
    }
}
