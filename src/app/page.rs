//! The page's root: one frame borrows the session once, lets time run, paints, and now and then gives the panels new values.

use crate::app::act::{Act, Filter, Page as RailPage, Place, Selected, Setting, Sheet, Tab, Time};
use crate::app::listener::Listener;
use crate::app::memo::{component, memo};
use crate::app::paint::{Frames, Painter};
use crate::app::panel::bar::{Bar, menu};
use crate::app::panel::caption::Caption;
use crate::app::panel::charts::ChartsView;
use crate::app::panel::console::{Console, ConsoleError, ConsoleLine, ConsoleProps};
use crate::app::panel::dock::Transport;
use crate::app::panel::facts::{FactRow, Facts};
use crate::app::panel::forms::{Add, FormsView, SendForm};
use crate::app::panel::help::Help;
use crate::app::panel::in_out::{InOut, note};
use crate::app::panel::metrics::{CHARTS, metrics};
use crate::app::panel::rail::{Rail, rail};
use crate::app::panel::reading::Reading;
use crate::app::panel::selection::{ConfigView, InFlight, Selection, Shown};
use crate::app::panel::timeline::{Timeline as TimelinePanel, TimelineProps, TimelineView};
use crate::app::panel::what_if::{self, WhatIfView};
use crate::app::session::{Shared, Speed, hand_out, shared};
use crate::app::stage::what_if::Supposed;
use crate::app::stage::{Hint, Keys, Stage, StageProps, key_of};
use crate::app::tag::{tag, together};
use crate::app::{captions, keys, links, shown, storage, trouble};
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::lab::player::{LineError, REAL_TIME};
use kafka_playground::lab::survive::{Blow, Row, Survey};
use kafka_playground::scene::caption;
use kafka_playground::scene::compose::{Cast, Composer, DisplayList, Kind, Picture};
use kafka_playground::scene::control::fenced_next;
use kafka_playground::scene::director::{Director, Pace, Reason};
use kafka_playground::scene::flight::{FlightView, flights};
use kafka_playground::scene::layout::{Counts, Fold, Layout, Plan};
use kafka_playground::scene::memory::Memory;
use kafka_playground::scene::metrics::{Metric, Metrics};
use kafka_playground::scene::path::Point;
use kafka_playground::scene::pulse::{moved_line, pulses};
use kafka_playground::scene::read::{Emphasis, view};
use kafka_playground::scene::timeline::{Chronicle, Lived, Timeline};
use kafka_playground::scene::view::ClusterView;
use kafka_playground::sim::{EPOCH, NodeId};
use kafka_playground::text::{Lang, Rich, Word, bad_line};
use kafka_playground::world::act::CommandId;
use kafka_playground::world::command::{Command, NodeName, Send};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlCanvasElement, KeyboardEvent};
use yew::prelude::*;

mod configure;
mod in_out;
mod table;

/// Panels get new values at most this often, in real microseconds.
const RENDER_EVERY: i64 = 100_000;
/// A status message at most this often, in real microseconds.
const SAY_EVERY: i64 = 1_000_000;
/// How many facts the log shows.
const FACT_ROOM: usize = 120;
/// How many lines the console keeps.
const CONSOLE_ROOM: usize = 30;
/// Kinds that are background traffic.
const BACKGROUND: &[Kind] = &[Kind::Heartbeat, Kind::Metadata, Kind::Fetch, Kind::Group];

/// What reaches the page.
pub(crate) enum Msg {
    /// A person's act.
    Act(Act),
    /// A frame, so many real microseconds after the last.
    Frame(i64),
    /// The scene's size in CSS pixels.
    Size(f64, f64),
    /// The JavaScript API changed something.
    Changed,
    /// The system's colours changed.
    Dress,
    /// A key.
    Key(KeyboardEvent),
}

/// The page.
pub(crate) struct Page {
    session: Shared,
    lang: Lang,
    dark: Option<bool>,
    selected: Option<Selected>,
    rail: RailPage,
    place: Place,
    in_out: InOut,
    tab: Tab,
    /// The form that sends was opened: from then on it stays, with what is typed in it.
    has_send_form: bool,
    sheet: Sheet,
    filter: Filter,
    has_background: bool,
    has_single_keys: bool,
    is_still: bool,
    keys: Rc<Keys>,
    values: u64,
    lines: Rc<Vec<ConsoleLine>>,
    line_number: u64,
    asked: Vec<(CommandId, u64)>,
    error: Option<Rc<ConsoleError>>,
    agenda: VecDeque<Command>,
    agenda_waits: Option<CommandId>,
    director: Director,
    memory: Memory,
    chronicle: Chronicle,
    metrics: Metrics,
    has_charts: bool,
    chosen_metrics: Vec<Metric>,
    told_metric: Metric,
    metric_values: Vec<i64>,
    charts: Rc<ChartsView>,
    narrator: caption::Narrator,
    pace: Pace,
    view: Rc<ClusterView>,
    shown: Rc<Shown>,
    configs: ConfigView,
    forms: Rc<FormsView>,
    in_flight: Rc<Vec<InFlight>>,
    rows: Rc<Vec<Rc<FactRow>>>,
    headline: Rc<Rich>,
    because: Rc<Rich>,
    /// The acknowledged record that a fail-over did not lose, while the caption speaks of it.
    survivor: Option<(TopicPartition, i64)>,
    axis: Timeline,
    timeline: Rc<TimelineView>,
    blow: Blow,
    survey: Option<Survey>,
    /// The numbers of the table before, until a row is counted anew.
    counted: Vec<Row>,
    over: Option<usize>,
    what_if: Rc<WhatIfView>,
    supposed: Option<Rc<Supposed>>,
    status: AttrValue,
    since_said: i64,
    since_render: i64,
    is_stale: bool,
    on: Callback<Act>,
    on_size: Callback<(f64, f64)>,
    probe: Callback<Point, Option<u64>>,
    frames: Option<Frames>,
    goes_on: Rc<Cell<bool>>,
    size: (f64, f64),
    layout: Rc<Layout>,
    cast: Cast,
    composer: Composer,
    drawn: Rc<RefCell<DisplayList>>,
    /// What flies, as the last look saw it; for the painting that follows it.
    in_view: Option<Vec<FlightView>>,
    canvas: NodeRef,
    painter: Option<Painter>,
    sends: u32,
    powers: u32,
    _listeners: Vec<Listener>,
}

impl Component for Page {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let session = shared();
        let link = ctx.link().clone();
        session.borrow_mut().listen(Some(Rc::new(move || link.send_message(Msg::Changed))));
        let window = web_sys::window();
        let language = storage::get("lang").or_else(|| window.as_ref()?.navigator().language()).unwrap_or_default();
        let is_still =
            window.as_ref().and_then(|w| w.match_media("(prefers-reduced-motion: reduce)").ok().flatten()).is_some_and(|m| m.matches());
        if is_still {
            session.borrow_mut().player.playing = false;
        }
        let link = ctx.link().clone();
        let goes_on = Rc::new(Cell::new(true));
        let more = goes_on.clone();
        let frames = Frames::new(move |real| {
            link.send_message(Msg::Frame(real));
            more.get()
        });
        let drawn = session.borrow().drawn.clone();
        let probed = drawn.clone();
        let link = ctx.link().clone();
        let on_key = move |event: Event| {
            if let Ok(event) = event.dyn_into::<KeyboardEvent>() {
                link.send_message(Msg::Key(event));
            }
        };
        let link = ctx.link().clone();
        let on_resize = move |_: Event| link.send_message(Msg::Changed);
        let mut listeners: Vec<Listener> = window
            .iter()
            .flat_map(|w| [Listener::new(w, "keydown", on_key.clone()), Listener::new(w, "resize", on_resize.clone())])
            .collect();
        for query in ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"] {
            let link = ctx.link().clone();
            if let Some(media) = window.as_ref().and_then(|w| w.match_media(query).ok().flatten()) {
                listeners.push(Listener::new(&media, "change", move |_| link.send_message(Msg::Dress)));
            }
        }
        let mut page = Page {
            session,
            lang: Lang::from_tag(&language),
            dark: storage::get("theme").map(|t| t == "dark"),
            selected: None,
            rail: if storage::get("read").is_some() { RailPage::None } else { RailPage::Reading },
            place: Place::Cluster,
            in_out: InOut::default(),
            tab: Tab::Facts,
            has_send_form: false,
            sheet: Sheet::Peek,
            filter: Filter::Main,
            has_background: true,
            has_single_keys: storage::get("keys").is_none_or(|k| k != "off"),
            is_still,
            keys: Rc::default(),
            values: 0,
            lines: Rc::default(),
            line_number: 0,
            asked: Vec::new(),
            error: None,
            agenda: VecDeque::new(),
            agenda_waits: None,
            director: Director::default(),
            memory: Memory::default(),
            chronicle: Chronicle::default(),
            metrics: Metrics::default(),
            has_charts: false,
            chosen_metrics: vec![
                Metric::UnderReplicatedPartitions,
                Metric::UnderMinIsrPartitionCount,
                Metric::FailedProduceRequestsPerSec,
                Metric::IsrExpandsPerSec,
            ],
            told_metric: Metric::UnderReplicatedPartitions,
            metric_values: Vec::new(),
            charts: Rc::default(),
            narrator: caption::Narrator::default(),
            pace: Pace { rate: REAL_TIME, reason: Reason::Quiet },
            view: Rc::default(),
            shown: Rc::new(Shown::Nothing),
            configs: ConfigView { rows: Rc::default(), known: Rc::default() },
            forms: Rc::default(),
            in_flight: Rc::default(),
            rows: Rc::default(),
            headline: Rc::default(),
            because: Rc::default(),
            survivor: None,
            axis: Timeline::default(),
            timeline: Rc::default(),
            blow: Blow::Crash,
            survey: None,
            counted: Vec::new(),
            over: None,
            what_if: Rc::default(),
            supposed: None,
            status: AttrValue::default(),
            since_said: 0,
            since_render: 0,
            is_stale: true,
            on: ctx.link().callback(Msg::Act),
            on_size: ctx.link().callback(|(width, height)| Msg::Size(width, height)),
            probe: Callback::from(move |p| probed.borrow().hit(p)),
            frames,
            goes_on,
            size: (1116.0, 556.0),
            layout: Rc::default(),
            cast: Cast::default(),
            composer: Composer::default(),
            drawn,
            in_view: None,
            canvas: NodeRef::default(),
            painter: None,
            sends: 0,
            powers: 0,
            _listeners: listeners,
        };
        page.dress();
        page.look(0);
        page.wake();
        page
    }

    fn update(&mut self, _ctx: &Context<Self>, msg: Msg) -> bool {
        trouble::remember(&self.session.borrow().player);
        match msg {
            Msg::Frame(real) => return self.frame(real),
            Msg::Size(width, height) => {
                // The scene has no size while another view stands in its place.
                if self.size == (width, height) || width < 1.0 {
                    return false;
                }
                self.size = (width, height);
            }
            Msg::Changed => self.moved(),
            Msg::Dress => self.dress(),
            Msg::Act(act) => self.act(act),
            Msg::Key(event) => {
                let Some(act) = keys::act(&event, self.has_single_keys, self.selected.as_ref(), &self.view) else { return false };
                event.prevent_default();
                self.act(act);
            }
        }
        self.look(0);
        self.wake();
        true
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        if self.painter.is_none() {
            self.painter = self.canvas.cast::<HtmlCanvasElement>().and_then(Painter::new);
        }
        self.paint();
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let (lang, on) = (self.lang, &self.on);
        let session = self.session.borrow();
        let player = &session.player;
        let now = player.lab.now();
        let fixed = match session.speed {
            Speed::Director => None,
            Speed::Fixed(rate) => Some(rate),
        };
        let upper = match self.rail {
            RailPage::Reading => memo(Reading { lang, on: on.clone() }),
            RailPage::Selection => memo(Selection {
                lang,
                shown: self.shown.clone(),
                configs: self.configs.clone(),
                forms: self.forms.clone(),
                in_flight: self.in_flight.clone(),
                on: on.clone(),
            }),
            RailPage::WhatIf => what_if::what_if(lang, &self.what_if, on),
            RailPage::Add => memo(Add { lang, view: self.forms.clone(), on: on.clone() }),
            RailPage::Help => {
                memo(Help { lang, has_background: self.has_background, has_single_keys: self.has_single_keys, on: on.clone() })
            }
            RailPage::Metrics => metrics(lang, &self.chosen_metrics, self.told_metric, &self.metric_values, on),
            RailPage::Menu => menu(lang, self.view.health, self.has_background, self.has_single_keys, on),
            RailPage::None if self.place == Place::InOut => note(lang, on),
            RailPage::None => together(),
        };
        let example = self
            .view
            .producers
            .first()
            .zip(self.view.topics.first())
            .map(|(p, t)| ["produce ", &p.name, " ", &t.name, " key=apple value=1"].concat());
        let parts = Rail {
            lang,
            tab: self.tab,
            sheet: self.sheet,
            upper,
            facts: memo(Facts {
                lang,
                rows: self.rows.clone(),
                total: player.lab.forgotten() + player.lab.happened() as u64,
                filter: self.filter,
                on: on.clone(),
            }),
            send: self
                .has_send_form
                .then(|| memo(SendForm { lang, view: self.forms.clone(), producer: None, has_rate: false, on: on.clone() })),
            console: component::<Console>(ConsoleProps {
                lang,
                lines: self.lines.clone(),
                error: self.error.clone(),
                example: Rc::from(example.unwrap_or_default()),
                on: on.clone(),
            }),
        };
        let clock = shown::clock_at(now);
        together()
            .add(tag("a skip href=#stage").add(Word::Skip.of(lang)))
            .add(memo(Bar { lang, health: self.view.health, page: self.rail, place: self.place, on: on.clone() }))
            .add(
                tag("main stage id=stage tabindex=-1")
                    .class_if(self.place == Place::InOut, "is-io")
                    .add(self.in_out())
                    .add(component::<Stage>(StageProps {
                        lang,
                        view: self.view.clone(),
                        layout: self.layout.clone(),
                        selected: self.selected.clone(),
                        keys: self.keys.clone(),
                        topic: self.view.topics.first().map(|t| (t.name.clone(), t.partitions.len() as u32)),
                        survivor: self.survivor.clone(),
                        supposed: self.supposed.clone(),
                        hint: Hint::after(self.sends, self.powers),
                        canvas: self.canvas.clone(),
                        probe: self.probe.clone(),
                        on_size: self.on_size.clone(),
                        on: on.clone(),
                    }))
                    .add(memo(Caption {
                        lang,
                        headline: self.headline.clone(),
                        because: self.because.clone(),
                        has_background: self.has_background,
                        on: on.clone(),
                    })),
            )
            .add(rail(parts, on))
            .add(
                tag("footer dock")
                    .class(if self.has_charts { charts_class(self.charts.charts.len()) } else { "" })
                    .add(memo(Transport {
                        lang,
                        playing: player.playing,
                        clock: clock.clone(),
                        fixed,
                        speed: self.pace.rate,
                        why: captions::reason(self.pace.reason),
                        can_undo: player.can_undo(),
                        can_return: player.lab.can_return(),
                        in_past: player.lab.is_in_past(),
                        charts: self.has_charts.then_some(self.chosen_metrics.len()),
                        rail_open: self.sheet != Sheet::Peek,
                        on: on.clone(),
                    }))
                    .add(component::<TimelinePanel>(TimelineProps {
                        lang,
                        view: self.timeline.clone(),
                        charts: self.charts.clone(),
                        head: self.axis.axis.x(now),
                        clock,
                        on: on.clone(),
                    })),
            )
            .add(tag("p vh role=status aria-live=polite").add(self.status.clone()))
            .into()
    }
}

impl Page {
    // ---- time

    /// A frame: time runs, what flies is painted, and the panels follow when it is time. True when they must.
    fn frame(&mut self, real: i64) -> bool {
        let answered = {
            let mut session = self.session.borrow_mut();
            let speed = session.speed;
            let player = &mut session.player;
            if player.playing {
                self.pace = match speed {
                    Speed::Director => self.director.drive(player, real),
                    Speed::Fixed(rate) => {
                        player.frame(real, rate);
                        Pace { rate, reason: Reason::Fixed }
                    }
                };
                self.is_stale = true;
            }
            session.take_answered()
        };
        hand_out(answered);
        self.take_answers();
        let is_counting = self.count_on();
        self.since_render += real;
        self.since_said += real;
        let is_playing = self.session.borrow().player.playing;
        self.goes_on.set(is_playing || self.is_stale || is_counting);
        if !self.is_stale || (is_playing && self.since_render < RENDER_EVERY) {
            self.paint();
            return false;
        }
        // It is painted when the panels have followed, in `rendered`.
        let passed = std::mem::take(&mut self.since_render);
        self.is_stale = false;
        self.look(passed);
        if self.since_said >= SAY_EVERY
            && let Some(said) = shown::announcement(&self.rows)
            && *said != *self.status
        {
            self.since_said = 0;
            self.status = said.into();
        }
        true
    }

    /// Something changed: a frame is wanted.
    fn wake(&mut self) {
        self.is_stale = true;
        self.goes_on.set(true);
        if let Some(frames) = &self.frames {
            frames.wake();
        }
    }

    /// Composes and paints what flies at the playhead.
    fn paint(&mut self) {
        let Some(painter) = &mut self.painter else { return };
        let session = self.session.borrow();
        let lab = &session.player.lab;
        let flights = self.in_view.take().unwrap_or_else(|| flights(lab.world()));
        let latest = lab.all_facts().range(..lab.happened()).rev();
        let rings =
            if self.is_still { Vec::new() } else { pulses(latest, lab.now(), self.pace.rate, &self.layout, &self.view, &self.cast) };
        let moved: Vec<_> =
            self.memory.moves().rev().take(8).filter_map(|m| moved_line(m, lab.now(), self.pace.rate, &self.layout, &self.cast)).collect();
        let selected = match self.selected {
            Some(Selected::Message(id)) => Some(id),
            _ => None,
        };
        let picture = Picture {
            view: &self.view,
            layout: &self.layout,
            cast: &self.cast,
            flights: &flights,
            pulses: &rings,
            moved: &moved,
            at: lab.now(),
            selected,
            hidden: if self.has_background { &[] } else { BACKGROUND },
            still: self.is_still,
            paused: !session.player.playing,
        };
        let list = self.composer.compose(&picture);
        painter.paint(&list, &self.layout);
        *self.drawn.borrow_mut() = list;
    }

    /// Reads the session into the values of the panels, `passed` real microseconds after the last time.
    fn look(&mut self, passed: i64) {
        let session = self.session.borrow();
        let player = &session.player;
        let lab = &player.lab;
        self.memory.follow(lab.all_facts(), lab.happened(), lab.forgotten());
        self.chronicle.follow(lab.all_facts(), lab.forgotten());
        let record = match &self.selected {
            Some(Selected::Record(partition, offset)) => Some((partition.clone(), *offset)),
            _ => self.survivor.clone(),
        };
        let view = view(lab.world(), &self.memory, &Emphasis { slots: self.layout.slots.max(2), record });
        if renew(&mut self.view, view) {
            self.cast = Cast::of(&self.view);
        }
        let width = web_sys::window().and_then(|w| w.inner_width().ok()?.as_f64()).unwrap_or(1440.0);
        let plan = Plan { fold: Fold::of_window(width), size: self.size, counts: Counts::of(&self.view) };
        if self.layout.plan != plan {
            self.layout = Rc::new(Layout::new(plan));
            self.composer.layout_changed();
        }
        let brokers: Vec<i32> = self.view.brokers.iter().map(|b| b.id).collect();
        let lived = Lived {
            commands: lab.commands(),
            opening: player.opening(),
            brokers: &brokers,
            end_at: lab.end_at(),
            even: false,
            zoom: 1,
            focus: lab.now(),
        };
        self.axis = self.chronicle.timeline(&lived);
        let track = if width < 560.0 { width - 24.0 } else { width - 112.0 };
        let next = if lab.is_in_past() { None } else { fenced_next(lab.world(), &self.view) };
        renew(&mut self.timeline, shown::timeline(self.lang, &self.axis, track.max(200.0) as u32, next.map(|(broker, ..)| broker)));
        if self.has_charts || self.rail == RailPage::Metrics {
            self.metrics.follow(lab.all_facts(), lab.forgotten(), &self.view);
            self.metric_values = Metric::ALL.iter().map(|metric| self.metrics.at(*metric, lab.now())).collect();
        }
        let chosen: &[Metric] = if self.has_charts { &self.chosen_metrics } else { &[] };
        if chosen.len() + self.charts.charts.len() > 0 {
            renew(&mut self.charts, shown::charts(&self.metrics, chosen, &self.axis.axis, lab.now()));
        }
        let shows_selected = self.rail == RailPage::Selection;
        if shows_selected {
            renew(&mut self.shown, shown::shown(self.lang, player, &self.view, &self.memory, self.selected.as_ref()));
            renew(&mut self.in_flight, shown::in_flight(lab.world(), self.selected.as_ref()));
            self.configs = shown::configs(lab.world(), self.selected.as_ref());
        }
        if shows_selected || self.rail == RailPage::Add || self.has_send_form {
            renew(&mut self.forms, shown::forms(lab.world(), &self.view));
        }
        let rows = shown::facts(self.lang, player, self.filter, FACT_ROOM, &self.rows);
        renew(&mut self.rows, rows);
        let flights = flights(lab.world());
        // What made the opening scene was lived before anybody looked.
        let opened_at = player.opening().checked_sub(1).and_then(|last| lab.commands().get(last)).map_or(EPOCH, |last| last.at);
        let latest = lab.all_facts().range(..lab.happened()).rev().take_while(|entry| entry.at >= opened_at);
        let caption = caption::caption(lab.world(), &self.view, &self.memory, &flights, latest, self.pace.rate);
        self.in_view = Some(flights);
        let caption = self.narrator.say(caption, passed);
        self.survivor = match caption {
            caption::Caption::Elected { partition, lost: 0, .. } => {
                self.memory.last_acknowledged(partition).map(|(offset, _)| (partition.clone(), offset))
            }
            _ => None,
        };
        let (headline, because) = captions::caption(self.lang, caption);
        renew(&mut self.headline, headline);
        renew(&mut self.because, because);
        drop(session);
        self.look_at_table();
    }

    // ---- acts

    fn act(&mut self, act: Act) {
        match act {
            Act::Do(command) => {
                self.give(&command);
            }
            Act::Line(line) => self.line(&line),
            Act::Send(node) => self.send(node),
            Act::Key(node, key) => {
                Rc::make_mut(&mut self.keys).insert(node, key);
            }
            Act::Power(id) => {
                self.powers += 1;
                let is_up = self.session.borrow().player.lab.world().is_up(NodeId(id));
                let node = NodeName::Node(id);
                self.give(&if is_up { Command::Kill { node } } else { Command::Start { node, configs: Vec::new() } });
            }
            Act::Link(a, b, fault) => {
                let commands = links::commands(self.session.borrow().player.lab.world(), a, b, fault);
                for command in &commands {
                    self.give(command);
                }
                // Its panel has the other faults; on a telephone it would hide the scene.
                if self.layout.fold != Fold::Narrow {
                    self.act(Act::Select(Some(Selected::Link(a, b))));
                }
            }
            Act::Configure { of, name, value } => self.configure(&of, &name, &value),
            Act::Time(time) => self.time(time),
            Act::Undo => {
                self.session.borrow_mut().player.undo();
                self.moved();
            }
            Act::StartOver => {
                self.session.borrow_mut().start_over();
                self.begin_again();
            }
            Act::OtherRun => {
                self.session.borrow_mut().player.lab.return_to_other_run();
                self.moved();
            }
            Act::Metrics => {
                self.has_charts = !self.has_charts;
                let page = if self.has_charts { RailPage::Metrics } else { RailPage::None };
                if self.has_charts || self.rail == RailPage::Metrics {
                    self.act(Act::Open(page));
                }
            }
            Act::Metric(metric) => {
                self.told_metric = metric;
                let before = self.chosen_metrics.len();
                self.chosen_metrics.retain(|m| *m != metric);
                if before == self.chosen_metrics.len() && before < CHARTS {
                    self.chosen_metrics.push(metric);
                    kafka_playground::sort::by_key(&mut self.chosen_metrics, |m| *m as usize);
                }
            }
            Act::Select(selected) => {
                if selected.is_some() {
                    self.sheet = self.sheet.at_least_half();
                    self.rail = RailPage::Selection;
                    self.tab = Tab::Selected;
                } else if self.rail == RailPage::Selection {
                    self.rail = RailPage::None;
                    self.sheet = Sheet::Peek;
                }
                self.selected = selected;
            }
            Act::Open(page) => {
                if self.rail == RailPage::Reading && page == RailPage::None {
                    storage::set("read", "yes");
                }
                if page == RailPage::None && self.rail == RailPage::Selection {
                    self.selected = None;
                }
                self.sheet = if page == RailPage::None { Sheet::Peek } else { self.sheet.at_least_half() };
                if page != RailPage::None {
                    self.tab = Tab::Selected;
                }
                self.rail = page;
            }
            Act::Go(place) => self.place = place,
            Act::GoInOut => self.place = if self.place == Place::InOut { Place::Cluster } else { Place::InOut },
            Act::Paste(text) => self.pasted(&text),
            Act::Mend(line) => {
                let text = self.in_out.paste.mended(line);
                self.pasted(&text);
                keys::focus("#paste");
            }
            Act::Load => self.load(),
            Act::Say(words) => self.status = words.into(),
            Act::Tab(tab) => {
                self.tab = tab;
                self.has_send_form |= tab == Tab::Send;
                self.sheet = self.sheet.at_least_half();
            }
            Act::Sheet(sheet) => self.sheet = sheet,
            Act::WhatIf(act) => self.what_if(act),
            Act::Set(setting) => self.set(setting),
        }
    }

    /// Gives a command; what is wrong with it stands under the console's field.
    fn give(&mut self, command: &Command) -> Option<CommandId> {
        trouble::about_to(&command.to_string());
        let given = self.session.borrow_mut().player.apply(command);
        match given {
            Ok(id) => {
                self.error = None;
                Some(id)
            }
            Err(refusal) => {
                self.refuse(&LineError::Refused(refusal), &command.to_string());
                None
            }
        }
    }

    fn refuse(&mut self, error: &LineError, line: &str) {
        let (found, expected, nearest) = match error {
            LineError::Unreadable(error) => (error.found.to_string(), error.expected.to_string(), error.nearest.clone()),
            LineError::Refused(refusal) => (line.to_owned(), refusal.to_string(), None),
        };
        let instead = nearest.map(|nearest| Rc::from(line.replacen(&found, &nearest, 1)));
        self.error = Some(Rc::new(ConsoleError { said: Rc::new(bad_line(self.lang, &found, &expected)), instead }));
    }

    fn line(&mut self, line: &str) {
        trouble::about_to(line);
        // Another cluster is another run; the one on the screen can be returned to.
        if matches!(Command::parse_line(line), Ok(Some(Command::Cluster(_)))) {
            let loaded = self.session.borrow_mut().load(line);
            match loaded {
                Ok(()) => {
                    self.error = None;
                    self.begin_again();
                }
                Err((_, error)) => self.refuse(&error, line),
            }
            return;
        }
        let given = self.session.borrow_mut().player.line(line);
        match given {
            Ok(Some(id)) => {
                self.error = None;
                self.line_number += 1;
                let lines = Rc::make_mut(&mut self.lines);
                lines.push(ConsoleLine { number: self.line_number, line: line.into(), answer: None });
                if lines.len() > CONSOLE_ROOM {
                    lines.remove(0);
                }
                self.asked.push((id, self.line_number));
            }
            Ok(None) => {}
            Err(error) => self.refuse(&error, line),
        }
    }

    /// Answers of the console's lines and of the agenda.
    fn take_answers(&mut self) {
        let answers = self.session.borrow_mut().take_own();
        for (id, lines) in answers {
            if let Some(at) = self.asked.iter().position(|(asked, _)| *asked == id) {
                let (_, number) = self.asked.remove(at);
                if let Some(line) = Rc::make_mut(&mut self.lines).iter_mut().find(|l| l.number == number) {
                    line.answer = Some(if lines.is_empty() { "✓".into() } else { lines.join("\n").into() });
                }
                self.is_stale = true;
            }
            if self.agenda_waits == Some(id) {
                self.agenda_waits = None;
            }
        }
        while self.agenda_waits.is_none()
            && let Some(command) = self.agenda.pop_front()
        {
            self.agenda_waits = self.give(&command);
            if self.agenda_waits.is_none() {
                self.agenda.clear();
            }
        }
    }

    fn send(&mut self, node: NodeId) {
        let Some(topic) = self.view.topics.first().map(|t| t.name.clone()) else { return };
        let Some(producer) = self.view.producer(node).map(|p| p.name.clone()) else { return };
        self.values += 1;
        self.sends += 1;
        let value = Some(Rc::from(self.values.to_string()));
        let send = Send { topic, partition: None, key: key_of(&self.keys, node), value, count: None };
        self.give(&Command::Send { producer, send });
    }

    fn time(&mut self, time: Time) {
        {
            let mut session = self.session.borrow_mut();
            match time {
                Time::Toggle => session.player.playing = !session.player.playing,
                Time::Director => session.speed = Speed::Director,
                Time::Fixed(rate) => session.speed = Speed::Fixed(rate),
                Time::Steps(count) => {
                    session.player.playing = false;
                    for _ in 0..count.unsigned_abs().min(100_000) {
                        if count < 0 {
                            session.player.lab.step_back();
                        } else {
                            session.player.lab.step();
                        }
                    }
                }
                Time::PreviousMark | Time::NextMark => {
                    let now = session.player.lab.now();
                    if let Some(at) = self.axis.neighbour(now, time == Time::NextMark) {
                        session.player.lab.seek(at);
                        session.player.playing = false;
                    }
                }
                Time::Scrub(x) => {
                    let at = self.axis.axis.at(x).clamp(EPOCH, session.player.lab.end_at());
                    session.player.lab.seek(at);
                }
                Time::First => session.player.lab.seek(EPOCH),
                Time::Last => {
                    let end = session.player.lab.end_at();
                    session.player.lab.seek(end);
                }
            }
            if let Speed::Fixed(rate) = session.speed {
                self.pace = Pace { rate, reason: Reason::Fixed };
            }
        }
        self.moved();
    }

    /// The playhead was moved.
    fn moved(&mut self) {
        self.director.moved();
        self.narrator.moved();
        // The table speaks of an instant of the run; its former numbers stay until they are counted anew.
        if let Some(survey) = self.survey.take() {
            self.counted = survey.rows;
        }
    }

    fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Language(lang) => {
                self.lang = lang;
                self.rows = Rc::default();
                storage::set("lang", lang.tag());
            }
            Setting::Theme => {
                let dark = !self.dark.unwrap_or_else(prefers_dark);
                self.dark = Some(dark);
                storage::set("theme", if dark { "dark" } else { "light" });
            }
            Setting::Background(shown) => self.has_background = shown,
            Setting::SingleKeys(on) => {
                self.has_single_keys = on;
                storage::set("keys", if on { "on" } else { "off" });
            }
            Setting::Facts(filter) => self.filter = filter,
        }
        self.dress();
    }

    /// Language and theme stand on the document's root, where styles and readers look for them.
    fn dress(&mut self) {
        let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element()) else { return };
        let _ = root.set_attribute("lang", self.lang.tag());
        let _ = match self.dark {
            Some(dark) => root.set_attribute("data-theme", if dark { "dark" } else { "light" }),
            None => root.remove_attribute("data-theme"),
        };
        if let Some(painter) = &mut self.painter {
            painter.theme_changed();
        }
    }
}

/// The class of the dock with so many charts over it.
fn charts_class(count: usize) -> &'static str {
    ["", "m1", "m2", "m3", "m4", "m5", "m6"].get(count).copied().unwrap_or_default()
}

/// Takes a new value only where it differs, so that nothing is drawn again in vain; true when it does.
fn renew<T: PartialEq>(kept: &mut Rc<T>, value: T) -> bool {
    let differs = **kept != value;
    if differs {
        *kept = Rc::new(value);
    }
    differs
}

fn prefers_dark() -> bool {
    web_sys::window().and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok().flatten()).is_some_and(|m| m.matches())
}
