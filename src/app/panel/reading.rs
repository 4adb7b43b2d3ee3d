//! How to read the picture: shown until it is closed or something is selected.

use crate::app::act::{Act, Page};
use crate::app::bits::{icon_button, rich};
use kafka_playground::text::{Lang, Word, how_to_read};
use yew::prelude::*;

/// The reading aid's values.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReadingProps {
    /// The language.
    pub(crate) lang: Lang,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// The reading aid.
pub(crate) struct Reading;

impl Component for Reading {
    type Message = ();
    type Properties = ReadingProps;

    fn create(_: &Context<Self>) -> Self {
        Reading
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ReadingProps { lang, on } = ctx.props();
        let lang = *lang;
        let [topic, leader, followers] = how_to_read(lang);
        html! {
            <section class="panel read">
                <header><h2>{Word::HowToRead.of(lang)}</h2>{icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))}</header>
                <p>
                    {rich(&topic)}<span class="nb"><span class="rg l"></span><b class="lk">{lang.pick("leader", "리더")}</b></span>{rich(&leader)}
                    <span class="nb"><span class="rg f"></span><b class="fk">{lang.pick("Followers", "팔로워")}</b></span>{rich(&followers)}
                </p>
                {figure(lang)}
            </section>
        }
    }
}

fn figure(lang: Lang) -> Html {
    let cell = |class: &'static str, offset: i32, y: &'static str, height: &'static str, rx: &'static str, digits: &'static str| {
        let x = 2 + offset * 25;
        html! {
            <g class={class}>
                <rect x={x.to_string()} {y} width="23.5" {height} {rx} class={if offset == 5 { "c u" } else { "c" }} />
                <text x={(x + 12).to_string()} y={digits} text-anchor="middle" class={if offset == 5 { "cn big u" } else { "cn big" }}>{offset.to_string()}</text>
            </g>
        }
    };
    html! {
        <svg class="fig" viewBox="0 0 284 150" role="img" aria-label={Word::FigureName.of(lang)}>
            {for (0..=5).map(|offset| cell("lead", offset, "47", "30", "2", "66"))}
            <rect x="152.5" y="47.5" width="22.5" height="29" rx="2" class="ghost" />
            {for (0..5).map(|offset| cell("foll", offset, "120", "24", "6", "136"))}
            <rect x="127.5" y="120.5" width="22.5" height="23" rx="6" class="ghost" />
            <path d="M126.2 38V81M126.2 116V148" class="hw" /><path d="M121.7 34h9l-4.5 6z" class="hwflag" />
            <text x="282" y="14" class="it" text-anchor="end">{Word::FigureWatermark.of(lang)}</text>
            <path d="M126.2 34V20M177.8 62H192" class="lead1" />
            <text x="198" y="58" class="it">{Word::FigureEnd.of(lang)}</text><text x="198" y="73" class="it dim">{Word::FigureSlot.of(lang)}</text>
            <path d="M138.8 79V118" class="togo" /><rect x="126.8" y="82" width="24" height="32" rx="8" class="capsule foll" />
            <rect x="131.8" y="88" width="14" height="20" rx="1.5" class="tr" /><text x="138.8" y="102" text-anchor="middle" class="cn u">{"5"}</text>
            <text x="172" y="95" class="it">{Word::FigureFetch.of(lang)}</text><text x="172" y="110" class="it dim">{Word::FigureYet.of(lang)}</text>
        </svg>
    }
}
