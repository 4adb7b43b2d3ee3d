//! The console: one field that takes lines of the scenario language, and under it what they answered.

use crate::app::act::Act;
use crate::app::bits::{icon, rich};
use crate::app::tag::{button, tag, together};
use kafka_playground::text::{Lang, Rich, Word};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// A line that was given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConsoleLine {
    /// Its number.
    pub(crate) number: u64,
    /// The line.
    pub(crate) line: Rc<str>,
    /// Its answer, once it is there.
    pub(crate) answer: Option<Rc<str>>,
}

/// Why the last line was not done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConsoleError {
    /// What was found and expected.
    pub(crate) said: Rc<Rich>,
    /// The line with the nearest known word in it, to try instead.
    pub(crate) instead: Option<Rc<str>>,
}

/// What the console shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConsoleProps {
    /// The language.
    pub(crate) lang: Lang,
    /// The last lines, oldest first.
    pub(crate) lines: Rc<Vec<ConsoleLine>>,
    /// What was wrong with the line in the field.
    pub(crate) error: Option<Rc<ConsoleError>>,
    /// A line to type, shown when the field is empty.
    pub(crate) example: Rc<str>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// What happens at the field.
pub(crate) enum ConsoleMsg {
    /// Enter, or its button.
    Enter,
    /// Earlier (-1) or later (1) lines.
    Recall(i32),
    /// The nearest known word.
    Replace(Rc<str>),
}

/// The console.
pub(crate) struct Console {
    field: NodeRef,
    recalled: usize,
}

impl Console {
    fn input(&self) -> Option<HtmlInputElement> {
        self.field.cast()
    }
}

impl Component for Console {
    type Message = ConsoleMsg;
    type Properties = ConsoleProps;

    fn create(_: &Context<Self>) -> Self {
        Console { field: NodeRef::default(), recalled: 0 }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: ConsoleMsg) -> bool {
        let Some(input) = self.input() else { return false };
        let props = ctx.props();
        match msg {
            ConsoleMsg::Enter => {
                let line = input.value();
                if !line.trim().is_empty() {
                    self.recalled = 0;
                    props.on.emit(Act::Line(line.into()));
                }
            }
            ConsoleMsg::Recall(by) => {
                let count = props.lines.len();
                self.recalled = if by < 0 { (self.recalled + 1).min(count) } else { self.recalled.saturating_sub(1) };
                let line = count.checked_sub(self.recalled).and_then(|at| props.lines.get(at));
                input.set_value(line.map_or("", |line| &line.line));
            }
            ConsoleMsg::Replace(line) => {
                input.set_value(&line);
                let _ = input.focus();
            }
        }
        false
    }

    /// A line that was taken leaves the field; one that was not stays to be mended.
    fn changed(&mut self, ctx: &Context<Self>, old: &ConsoleProps) -> bool {
        let newest = |props: &ConsoleProps| props.lines.last().map(|line| line.number);
        if newest(ctx.props()) != newest(old)
            && let (Some(input), Some(line)) = (self.input(), ctx.props().lines.last())
            && input.value() == *line.line
        {
            input.set_value("");
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ConsoleProps { lang, lines, error, example, .. } = ctx.props();
        let lang = *lang;
        let link = ctx.link();
        let onsubmit = link.callback(|event: SubmitEvent| {
            event.prevent_default();
            ConsoleMsg::Enter
        });
        let onkeydown = link.batch_callback(|event: KeyboardEvent| match event.key().as_str() {
            "ArrowUp" => Some(ConsoleMsg::Recall(-1)),
            "ArrowDown" => Some(ConsoleMsg::Recall(1)),
            "Escape" => {
                if let Some(field) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) {
                    let _ = field.blur();
                }
                None
            }
            _ => None,
        });
        tag("section cons-box")
            .at("aria-label", Word::Console.of(lang))
            .add((!lines.is_empty()).then(|| {
                tag("ol answers tabindex=0").at("aria-label", Word::Console.of(lang)).each(lines.iter().rev().map(|line| {
                    tag("li").key(line.number).add(tag("code").add(&line.line)).add(match &line.answer {
                        Some(answer) if answer.is_empty() => together(),
                        Some(answer) => tag("pre").add(answer),
                        None => tag("i").add(Word::Pending.of(lang)),
                    })
                }))
            }))
            .add(error.as_ref().map(|error| {
                tag("p cerr id=console-error").add(rich(&error.said)).add(error.instead.as_ref().map(|line| {
                    let (line, said) = (line.clone(), tag("code").add(line));
                    together().add(" ").add(
                        button("chipb")
                            .on(ListenerKind::onclick, link.callback(move |_: MouseEvent| ConsoleMsg::Replace(line.clone())))
                            .add(said),
                    )
                }))
            }))
            .add(
                tag("form console")
                    .on(ListenerKind::onsubmit, onsubmit)
                    .add(tag("span pr aria-hidden=true").add("›"))
                    .add(
                        tag("input cin mono id=console autocomplete=off autocapitalize=off spellcheck=false")
                            .known_as(&self.field)
                            .at("aria-label", Word::ConsoleLine.of(lang))
                            .at("placeholder", example)
                            .on(ListenerKind::onkeydown, onkeydown)
                            .at("aria-invalid", error.is_some().then_some("true"))
                            .at("aria-describedby", error.is_some().then_some("console-error")),
                    )
                    .add(tag("button icb").at("aria-label", Word::SendLine.of(lang)).add(icon("enter"))),
            )
            .into()
    }
}
