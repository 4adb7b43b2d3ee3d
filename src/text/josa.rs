//! Korean particles by the last sound of the word before them, be it Hangul, a number or a Latin name.

/// A particle that has two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Particle {
    /// 은 or 는.
    Topic,
    /// 이 or 가.
    Subject,
    /// 을 or 를.
    Object,
    /// 과 or 와.
    And,
    /// 으로 or 로.
    To,
}

/// How a word ends, as far as particles care.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Vowel,
    Rieul,
    Consonant,
}

/// The particle's form behind `word`.
pub fn particle(word: &str, which: Particle) -> &'static str {
    let (after_consonant, after_vowel) = match which {
        Particle::Topic => ("은", "는"),
        Particle::Subject => ("이", "가"),
        Particle::Object => ("을", "를"),
        Particle::And => ("과", "와"),
        Particle::To => ("으로", "로"),
    };
    match ending(word) {
        Ending::Vowel => after_vowel,
        Ending::Rieul if which == Particle::To => after_vowel,
        _ => after_consonant,
    }
}

fn ending(word: &str) -> Ending {
    let is_sound = |c: &char| matches!(c, '0'..='9' | 'A'..='Z' | 'a'..='z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' | '가'..='힣');
    let mut sounds = word.chars().rev().filter(is_sound);
    let Some(last) = sounds.next() else { return Ending::Vowel };
    match last {
        '가'..='힣' => match (last as u32 - '가' as u32) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        },
        // 영 일 이 삼 사 오 육 칠 팔 구; a round number ends in 십, 백 or 천: consonants, like 영
        '1' | '7' | '8' => Ending::Rieul,
        '0' | '3' | '6' => Ending::Consonant,
        '2' | '4' | '5' | '9' => Ending::Vowel,
        _ => latin(last, sounds.next()),
    }
}

/// Latin names as they are read aloud: an abbreviation letter by letter (ISR, 아이에스알), anything else as a loanword (topic, 토픽).
fn latin(last: char, before: Option<char>) -> Ending {
    let spelled = last.is_ascii_uppercase() || !before.is_some_and(|c| c.is_ascii_alphabetic());
    match last.to_ascii_lowercase() {
        'l' => Ending::Rieul,
        'r' if spelled => Ending::Rieul,
        'm' | 'n' => Ending::Consonant,
        'p' | 't' | 'k' | 'c' | 'b' if !spelled && before.is_some_and(|c| "aeiou".contains(c)) => Ending::Consonant,
        'k' if !spelled && before == Some('c') => Ending::Consonant,
        'g' if !spelled && before == Some('n') => Ending::Consonant,
        _ => Ending::Vowel,
    }
}
