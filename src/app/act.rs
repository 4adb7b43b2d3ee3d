//! What a person can ask of the page: the one closed enum that every control sends upward.

use crate::app::links::LinkFault;
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::lab::survive::Blow;
use kafka_playground::scene::metrics::Metric;
use kafka_playground::sim::NodeId;
use kafka_playground::text::Lang;
use kafka_playground::world::command::Command;
use std::rc::Rc;

/// What is selected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selected {
    /// A broker.
    Broker(i32),
    /// A controller.
    Controller(i32),
    /// A partition with all its replicas.
    Partition(TopicPartition),
    /// A record by where it lies.
    Record(TopicPartition, i64),
    /// A topic.
    Topic(Rc<str>),
    /// A producer.
    Producer(NodeId),
    /// A consumer.
    Consumer(NodeId),
    /// A group.
    Group(Rc<str>),
    /// A link between two nodes.
    Link(NodeId, NodeId),
    /// A message by its number.
    Message(u64),
}

/// Whose configuration a form changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ConfigOf {
    /// A topic's.
    Topic(Rc<str>),
    /// Every broker's.
    Brokers,
    /// A producer's or a consumer's.
    Client(Rc<str>),
}

/// Which facts are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Records and the cluster.
    #[default]
    Main,
    /// What happens to records.
    Records,
    /// What happens to nodes, leaders and groups.
    Cluster,
    /// Everything.
    All,
}

impl Filter {
    /// All of them, in the order of the menu.
    pub(crate) const ALL: [Filter; 4] = [Filter::Main, Filter::Records, Filter::Cluster, Filter::All];
}

/// What the stage shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// The cluster.
    #[default]
    Cluster,
    /// Clusters pasted in, this run taken away.
    InOut,
}

/// What the upper part of the rail shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    /// How to read the picture.
    #[default]
    Reading,
    /// What is selected.
    Selection,
    /// Forms that add things.
    Add,
    /// What would become of the partitions if brokers failed.
    WhatIf,
    /// Which metrics are shown.
    Metrics,
    /// Help and keys.
    Help,
    /// Language, theme and the rest, where the bar has no room for them.
    Menu,
    /// Nothing: the facts have all the room.
    None,
}

/// The tabs of the sheet that the rail becomes on narrow windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    /// The log of facts.
    #[default]
    Facts,
    /// The upper part of the rail.
    Selected,
    /// The form that sends.
    Send,
    /// The console.
    Console,
}

/// How much of the rail is seen where it is a drawer (shut or open) or a sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sheet {
    /// Its tabs and the newest fact; the drawer is shut.
    #[default]
    Peek,
    /// Half the window.
    Half,
    /// The window up to the bar.
    Full,
}

impl Sheet {
    /// Open, and no smaller than it was.
    pub(crate) fn at_least_half(self) -> Sheet {
        if self == Sheet::Peek { Sheet::Half } else { self }
    }

    /// One size up or down; the last goes back to the first.
    pub(crate) fn next(self, up: bool) -> Sheet {
        match (self, up) {
            (Sheet::Peek, true) | (Sheet::Full, false) => Sheet::Half,
            (Sheet::Half, true) => Sheet::Full,
            _ => Sheet::Peek,
        }
    }
}

/// A move of the playhead or of its pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// Play or pause.
    Toggle,
    /// So many events on, or back.
    Steps(i32),
    /// The mark before the playhead.
    PreviousMark,
    /// The next mark.
    NextMark,
    /// To a place on the timeline, in ten-thousandths of its width.
    Scrub(u32),
    /// To the beginning.
    First,
    /// As far as the run has been lived.
    Last,
    /// The director chooses the speed.
    Director,
    /// A fixed speed, in millionths of real time.
    Fixed(u64),
}

/// An act of the table "What if".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhatIf {
    /// How they fail.
    Blow(Blow),
    /// The row that the scene shows.
    Over(Option<usize>),
    /// A row goes on for real, in a run of its own.
    Show(usize),
}

/// A choice about the page itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The language.
    Language(Lang),
    /// Light to dark and back.
    Theme,
    /// Background traffic shown or hidden.
    Background(bool),
    /// Shortcuts of a single key.
    SingleKeys(bool),
    /// Which facts are shown.
    Facts(Filter),
}

/// An act.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// A command of the scenario language.
    Do(Command),
    /// A line of the console.
    Line(Rc<str>),
    /// A producer's Send button: one record with the key of its card.
    Send(NodeId),
    /// The key a producer's card sends next; none: without.
    Key(NodeId, Option<Rc<str>>),
    /// A broker's power button: kills it, or starts it.
    Power(i32),
    /// Puts a fault on a link, or takes it off.
    Link(NodeId, NodeId, LinkFault),
    /// Sets one configuration; who must restart or be opened again for it, is.
    Configure { of: ConfigOf, name: Rc<str>, value: Rc<str> },
    /// Time.
    Time(Time),
    /// Takes back the last act.
    Undo,
    /// The opening scene again.
    StartOver,
    /// The run that was left.
    OtherRun,
    /// Shows the charts of metrics, or hides them.
    Metrics,
    /// One chart more or less.
    Metric(Metric),
    /// Selects; none: nothing.
    Select(Option<Selected>),
    /// The upper part of the rail.
    Open(Page),
    /// What the stage shows.
    Go(Place),
    /// The cluster if it shows In & out, else In & out.
    GoInOut,
    /// The text pasted in.
    Paste(Rc<str>),
    /// Mends a pasted line as its problem proposes.
    Mend(usize),
    /// Loads what is pasted, if all of it is understood.
    Load,
    /// Something for the live region.
    Say(&'static str),
    /// How far the rail is open where it is a drawer or a sheet.
    Sheet(Sheet),
    /// The sheet's tab.
    Tab(Tab),
    /// The table "What if".
    WhatIf(WhatIf),
    /// A setting.
    Set(Setting),
}
