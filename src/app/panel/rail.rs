//! The rail: reading aid or selection above, facts, console; a drawer on tablets, a sheet with tabs on telephones.

use crate::app::act::{Act, Tab};
use crate::app::bits::click;
use kafka_playground::text::{Lang, Word};
use yew::prelude::*;

/// The rail's parts.
pub(crate) struct Rail {
    /// The language.
    pub(crate) lang: Lang,
    /// The sheet's tab.
    pub(crate) tab: Tab,
    /// Whether the drawer is open, where it is one.
    pub(crate) is_open: bool,
    /// The upper part.
    pub(crate) upper: Html,
    /// The log of facts.
    pub(crate) facts: Html,
    /// The form that sends, of the sheet alone.
    pub(crate) send: Html,
    /// The console.
    pub(crate) console: Html,
}

/// Puts the rail together.
pub(crate) fn rail(parts: Rail, on: &Callback<Act>) -> Html {
    let Rail { lang, tab, is_open, upper, facts, send, console } = parts;
    let one = |which: Tab, word: Word| {
        html! {
            <button type="button" role="tab" aria-selected={if tab == which { "true" } else { "false" }} onclick={click(on, Act::Tab(which))}>{word.of(lang)}</button>
        }
    };
    let tab_class = match tab {
        Tab::Facts => "t-facts",
        Tab::Selected => "t-selected",
        Tab::Send => "t-send",
        Tab::Console => "t-console",
    };
    html! {
        <aside class={classes!("rail", tab_class, if is_open { "drawer" } else { "shut" })} aria-label={Word::Details.of(lang)}>
            <div class="tabs" role="tablist" aria-label={Word::Details.of(lang)}>
                {one(Tab::Facts, Word::Facts)}{one(Tab::Selected, Word::Selected)}{one(Tab::Send, Word::Send)}{one(Tab::Console, Word::Console)}
            </div>
            <div class="railin">
                <div class="upper">{upper}</div>
                {facts}
                <div class="sendtab panel">{send}</div>
            </div>
            {console}
        </aside>
    }
}
