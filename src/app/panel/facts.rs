//! The log of facts in words: one line each, newest last; it is the screen reader's account too.

use crate::app::act::{Act, Filter, Setting};
use crate::app::bits::{chosen, rich};
use kafka_playground::text::{Lang, Rich, Voice, Word};
use std::rc::Rc;
use yew::prelude::*;

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FactRow {
    /// Its number in the run: the same fact keeps its line.
    pub(crate) number: u64,
    /// When, as the clock prints it.
    pub(crate) clock: Rc<str>,
    /// Who spoke.
    pub(crate) voice: Voice,
    /// The speaker's name.
    pub(crate) who: Rc<str>,
    /// What was said.
    pub(crate) said: Rc<Rich>,
}

/// What the log shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FactsProps {
    /// The language.
    pub(crate) lang: Lang,
    /// The newest lines that pass the filter, oldest first.
    pub(crate) rows: Rc<Vec<Rc<FactRow>>>,
    /// How many facts there are in all.
    pub(crate) total: u64,
    /// Which are shown.
    pub(crate) filter: Filter,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// The class of a voice.
pub(crate) fn voice_class(voice: Voice) -> &'static str {
    match voice {
        Voice::Producer => "k-prod",
        Voice::Consumer => "k-cons",
        Voice::Leader => "k-lead",
        Voice::Follower => "k-foll",
        Voice::Controller => "k-ctl",
        Voice::You => "k-you",
    }
}

fn filter_word(filter: Filter) -> Word {
    match filter {
        Filter::Main => Word::FilterMain,
        Filter::Records => Word::FilterRecords,
        Filter::Cluster => Word::FilterCluster,
        Filter::All => Word::FilterAll,
    }
}

/// The log.
pub(crate) struct Facts;

impl Component for Facts {
    type Message = ();
    type Properties = FactsProps;

    fn create(_: &Context<Self>) -> Self {
        Facts
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let FactsProps { lang, rows, total, filter, on } = ctx.props();
        let lang = *lang;
        let choose = on.clone();
        let onchange = Callback::from(move |event: Event| {
            let index = chosen(&event).and_then(|value| value.parse::<usize>().ok());
            if let Some(&filter) = index.and_then(|index| Filter::ALL.get(index)) {
                choose.emit(Act::Set(Setting::Facts(filter)));
            }
        });
        html! {
            <section class="panel log">
                <header>
                    <h2>{Word::Facts.of(lang)}</h2><span class="cnt num">{total.to_string()}</span><span class="grow"></span>
                    <select class="chipb pick" aria-label={Word::FactsFilter.of(lang)} {onchange}>
                        {for Filter::ALL.iter().enumerate().map(|(index, one)| html! {
                            <option value={index.to_string()} selected={one == filter}>{filter_word(*one).of(lang)}</option>
                        })}
                    </select>
                </header>
                // A reversed column keeps its end in sight by itself, unless the reader has scrolled up.
                <div class="facts" tabindex="0" role="region" aria-label={Word::Facts.of(lang)}>
                    <ol>
                        {for rows.iter().map(|row| html! {
                            <li key={row.number} class={voice_class(row.voice)}>
                                <time>{&*row.clock}</time><span class="say"><b>{&*row.who}</b>{" "}{rich(&row.said)}</span>
                            </li>
                        })}
                    </ol>
                </div>
            </section>
        }
    }
}
