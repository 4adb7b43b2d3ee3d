//! Help and keys, in the rail: the scene stays in sight.

use super::bar::switches;
use crate::app::act::{Act, Page};
use crate::app::bits::icon_button;
use kafka_playground::text::{Lang, Word};
use yew::prelude::*;

/// The help's values.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HelpProps {
    /// The language.
    pub(crate) lang: Lang,
    /// Whether background traffic is shown.
    pub(crate) has_background: bool,
    /// Whether single keys act.
    pub(crate) has_single_keys: bool,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

const KEYS: [(&str, Word); 21] = [
    ("S", Word::KeySend),
    ("Space", Word::KeyPlay),
    ("← →", Word::KeyStep),
    ("[ ]", Word::KeyMarks),
    ("← ↑ ↓ →", Word::KeyArrows),
    ("Enter", Word::KeySelect),
    ("B N", Word::KeyNextBroker),
    ("K", Word::KeyKill),
    ("Shift K", Word::KeyStop),
    ("P", Word::KeyPause),
    ("L", Word::KeyPower),
    ("D", Word::KeyDisk),
    ("Shift D", Word::KeySlowDisk),
    ("X", Word::KeyCut),
    ("Shift X, D, L", Word::KeyLink),
    ("Ctrl Z", Word::KeyUndo),
    ("I", Word::InOut),
    ("/", Word::KeyConsole),
    ("?", Word::KeyHelp),
    ("Esc", Word::KeyBack),
    ("Home End", Word::Playhead),
];

/// Help and keys.
pub(crate) struct Help;

impl Component for Help {
    type Message = ();
    type Properties = HelpProps;

    fn create(_: &Context<Self>) -> Self {
        Help
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let HelpProps { lang, has_background, has_single_keys, on } = ctx.props();
        let lang = *lang;
        html! {
            <section class="panel help">
                <header><h2>{Word::Help.of(lang)}</h2>{icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))}</header>
                <p>{Word::HelpLead.of(lang)}</p>
                <h3>{Word::Keys.of(lang)}</h3>
                <dl class="keys">{for KEYS.iter().map(|(key, word)| html! { <div><dt><kbd>{*key}</kbd></dt><dd>{word.of(lang)}</dd></div> })}</dl>
                <p><a href={lang.pick("www/differences.html#en", "www/differences.html#ko")}>{Word::Differences.of(lang)}</a></p>
                <h3>{Word::Settings.of(lang)}</h3>
                {switches(lang, *has_background, *has_single_keys, on)}
            </section>
        }
    }
}
