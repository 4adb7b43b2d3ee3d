//! The top bar: name, adding, health, language, theme, help.

use crate::app::act::{Act, Page, Place, Setting};
use crate::app::bits::{click, icon, icon_button, small_icon};
use kafka_playground::scene::view::Health;
use kafka_playground::text::{Lang, Word};
use yew::prelude::*;

/// What the bar shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct BarProps {
    /// The language.
    pub(crate) lang: Lang,
    /// The numbers.
    pub(crate) health: Health,
    /// What the rail shows, for the buttons that open it.
    pub(crate) page: Page,
    /// What the stage shows.
    pub(crate) place: Place,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// The top bar.
pub(crate) struct Bar;

impl Component for Bar {
    type Message = ();
    type Properties = BarProps;

    fn create(_: &Context<Self>) -> Self {
        Bar
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let BarProps { lang, health, page, place, on } = ctx.props();
        let lang = *lang;
        let toggle = |target: Page| click(on, Act::Open(if *page == target { Page::None } else { target }));
        let open = |target: Page| if *page == target { "true" } else { "false" };
        html! {
            <header class="bar">
                {logo()}
                <h1>{"Kafka "}<span>{"Playground"}</span></h1>
                <button type="button" class="chipb title" aria-expanded={open(Page::Add)} onclick={toggle(Page::Add)}>
                    {icon("plus")}<span>{Word::Add.of(lang)}</span>
                </button>
                <nav class="places" aria-label={lang.pick("Views", "보기")}>
                    {go(*place, Place::Cluster, lang.pick("Cluster", "클러스터"), on)}{go(*place, Place::InOut, Word::InOut.of(lang), on)}
                </nav>
                <span class="grow"></span>
                {numbers(lang, *health)}
                <button type="button" class="btn b-whatif" aria-expanded={open(Page::WhatIf)} onclick={toggle(Page::WhatIf)}>{Word::WhatIf.of(lang)}</button>
                {languages(lang, on)}
                <span class="b-theme">{icon_button(on, "theme", Word::Theme.of(lang), Act::Set(Setting::Theme))}</span>
                <button type="button" class="icb b-help" aria-label={Word::Help.of(lang)} title={Word::Help.of(lang)} aria-expanded={open(Page::Help)} onclick={toggle(Page::Help)}>
                    <b>{"?"}</b>
                </button>
                <button type="button" class="icb b-menu" aria-label={Word::Menu.of(lang)} aria-expanded={open(Page::Menu)} onclick={toggle(Page::Menu)}>
                    {icon("menu")}
                </button>
            </header>
        }
    }
}

/// The way to a view.
fn go(now: Place, place: Place, word: &'static str, on: &Callback<Act>) -> Html {
    html! { <button type="button" class="go" aria-current={(now == place).then_some("page")} onclick={click(on, Act::Go(place))}>{word}</button> }
}

fn logo() -> Html {
    html! {
        <svg class="logo" viewBox="0 0 26 18" aria-hidden="true">
            <rect x="0" y="2" width="5" height="14" rx="1" class="lf" /><rect x="6" y="2" width="5" height="14" rx="1" class="lf" />
            <rect x="14" y="2" width="5" height="14" rx="1" class="lo" /><rect x="20.5" y="2.5" width="4" height="13" rx="1" class="lg0" />
            <path d="M12.5 0v18" class="lh" />
        </svg>
    }
}

/// The numbers of health, always there.
pub(crate) fn numbers(lang: Lang, health: Health) -> Html {
    let number = |count: usize, word: Word, class: &'static str| {
        html! { <li class={classes!(class, (count > 0).then_some("bad"))}><b class="num">{count.to_string()}</b>{" "}{word.of(lang)}</li> }
    };
    html! {
        <ul class="health" aria-label={Word::ClusterHealth.of(lang)}>
            {number(health.under_replicated, Word::UnderReplicated, "")}
            {number(health.offline, Word::Offline, "h2nd")}
            {number(health.under_min_isr, Word::UnderMinIsr, "h2nd")}
            {number(health.lost_after_ack, Word::LostAfterAck, "")}
        </ul>
    }
}

/// The switch of languages.
pub(crate) fn languages(lang: Lang, on: &Callback<Act>) -> Html {
    let one = |which: Lang, word: &'static str| {
        html! {
            <button type="button" lang={which.tag()} aria-pressed={if lang == which { "true" } else { "false" }} onclick={click(on, Act::Set(Setting::Language(which)))}>{word}</button>
        }
    };
    html! { <div class="lang" role="group" aria-label={Word::Language.of(lang)}>{one(Lang::En, "EN")}{one(Lang::Ko, "한국어")}</div> }
}

/// The menu, where the bar has no room: health, language, theme, help.
pub(crate) fn menu(lang: Lang, health: Health, has_background: bool, has_single_keys: bool, on: &Callback<Act>) -> Html {
    html! {
        <section class="panel menu">
            <header>
                <h2>{Word::Menu.of(lang)}</h2>
                {icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))}
            </header>
            {numbers(lang, health)}
            {languages(lang, on)}
            <button type="button" class="chipb" onclick={click(on, Act::Open(Page::WhatIf))}>{icon("fork")}{Word::WhatIf.of(lang)}</button>
            <button type="button" class="chipb" onclick={click(on, Act::GoInOut)}>{icon("copy")}{Word::InOut.of(lang)}</button>
            <button type="button" class="chipb" onclick={click(on, Act::Set(Setting::Theme))}>{icon("theme")}{Word::Theme.of(lang)}</button>
            <button type="button" class="chipb" onclick={click(on, Act::StartOver)}>{icon("again")}{Word::StartOver.of(lang)}</button>
            <button type="button" class="chipb" onclick={click(on, Act::Metrics)}>{icon("chart")}{Word::Metrics.of(lang)}</button>
            <button type="button" class="chipb" onclick={click(on, Act::Open(Page::Help))}>{small_icon("help")}{Word::Help.of(lang)}</button>
            {switches(lang, has_background, has_single_keys, on)}
        </section>
    }
}

/// The switches of the page.
pub(crate) fn switches(lang: Lang, has_background: bool, has_single_keys: bool, on: &Callback<Act>) -> Html {
    let switch = |word: Word, is_on: bool, act: fn(bool) -> Setting| {
        let on = on.clone();
        let onchange = Callback::from(move |event: Event| {
            if let Some(is_on) = crate::app::bits::checked(&event) {
                on.emit(Act::Set(act(is_on)));
            }
        });
        html! { <label class="sw"><input type="checkbox" checked={is_on} {onchange} />{word.of(lang)}</label> }
    };
    html! { <>{switch(Word::Background, has_background, Setting::Background)}{switch(Word::SingleKeys, has_single_keys, Setting::SingleKeys)}</> }
}
