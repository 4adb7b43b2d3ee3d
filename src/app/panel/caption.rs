//! Under the rack: the sentence of this instant, and what each shape of a message is.

use crate::app::act::{Act, Setting};
use crate::app::bits::{click, rich};
use kafka_playground::text::{Lang, Rich, Word};
use std::rc::Rc;
use yew::prelude::*;

/// What the caption and the legend show.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CaptionProps {
    /// The language.
    pub(crate) lang: Lang,
    /// What happens now.
    pub(crate) headline: Rc<Rich>,
    /// And why.
    pub(crate) because: Rc<Rich>,
    /// Whether background traffic is shown.
    pub(crate) has_background: bool,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// The caption with the legend.
pub(crate) struct Caption;

impl Component for Caption {
    type Message = ();
    type Properties = CaptionProps;

    fn create(_: &Context<Self>) -> Self {
        Caption
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let CaptionProps { lang, headline, because, has_background, on } = ctx.props();
        html! {
            <div class="foot">
                <p class="caption">{rich(headline)}{" "}<span class="more">{rich(because)}</span></p>
                {legend(*lang, *has_background, on)}
            </div>
        }
    }
}

fn legend(lang: Lang, has_background: bool, on: &Callback<Act>) -> Html {
    let shape = |shape: Html| html! { <svg viewBox="0 0 20 20" class="lgs" aria-hidden="true">{shape}</svg> };
    let still = |word: Word, drawn: Html| html! { <li class="lg">{shape(drawn)}{word.of(lang)}</li> };
    let faint = |word: Word, drawn: Html| {
        html! {
            <li><button type="button" class="lg faint" aria-pressed={if has_background { "true" } else { "false" }} onclick={click(on, Act::Set(Setting::Background(!has_background)))}>
                {shape(drawn)}{word.of(lang)}
            </button></li>
        }
    };
    html! {
        <ul class="legend" aria-label={Word::LegendSwitch.of(lang)}>
            {still(Word::Record, html! { <rect x="4" y="4" width="12" height="12" rx="1.5" class="tr" /> })}
            {still(Word::Ack, html! { <><rect x="3" y="3" width="14" height="14" rx="3" class="ack" /><path d="M6.6 10.2l2.4 2.6l4.4 -5" class="tick" /></> })}
            {still(Word::Fetch, html! { <path d="M7 5l5 5l-5 5" class="chev" /> })}
            {still(Word::FetchResponse, html! { <><rect x="0.8" y="2" width="18.4" height="16" rx="6" class="capsule foll" /><rect x="6" y="5.5" width="8" height="9" rx="1" class="tk" /></> })}
            {faint(Word::Metadata, html! { <path d="M10 3.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z" class="meta" /> })}
            {faint(Word::Heartbeat, html! { <circle cx="10" cy="10" r="3.2" class="hb" /> })}
            {still(Word::Group, html! { <path d="M10 3l6 3.5v7l-6 3.5l-6 -3.5v-7z" class="grp" /> })}
        </ul>
    }
}
