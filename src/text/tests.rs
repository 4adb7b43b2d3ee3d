//! The words must read right in both languages: particles follow sounds, and a template shows all it was given.

use super::*;

#[test]
fn particles_follow_the_last_sound() {
    // A wrong particle is the first thing a Korean reader sees; names here are mostly Latin and end in digits.
    for (word, topic, subject, to) in [
        ("broker-1", "은", "이", "로"),
        ("broker-2", "는", "가", "로"),
        ("broker-3", "은", "이", "으로"),
        ("orders-0@7", "은", "이", "로"),
        ("orders-10", "은", "이", "으로"),
        ("orders", "는", "가", "로"),
        ("topic", "은", "이", "으로"),
        ("ISR", "은", "이", "로"),
        ("HW", "는", "가", "로"),
        ("리더", "는", "가", "로"),
        ("레코드 8", "은", "이", "로"),
        ("그룹", "은", "이", "으로"),
        ("오프셋", "은", "이", "으로"),
    ] {
        assert_eq!(
            (particle(word, Particle::Topic), particle(word, Particle::Subject), particle(word, Particle::To)),
            (topic, subject, to),
            "{word}"
        );
    }
}

#[test]
fn a_template_keeps_names_and_their_particles_together() {
    // A line break between a name and its particle is a misprint in Korean.
    let told = fill("%0|이 `kill 1`을 %1.", &[Arg::Broker(2), Arg::Num(3)]);
    assert_eq!(told.text(), "broker-2가 kill 1을 3.");
    assert_eq!((told.0[0].text.as_str(), told.0[0].tail.as_str(), told.0[0].kind), ("broker-2", "가", Kind::Name));
    assert_eq!((told.0[2].text.as_str(), told.0[2].tail.as_str(), told.0[2].kind), ("kill 1", "을", Kind::Code));
}

#[test]
fn times_and_speeds_print_as_designed() {
    // The ruler, the clock and the dock are read beside each other.
    assert_eq!((clock(4_209_000), clock(3_723_004_000)), ("0:04.209".to_owned(), "1:02:03.004".to_owned()));
    assert_eq!(
        (clock_short(0), clock_short(3_300_000), clock_short(60_000_000)),
        ("0:00".to_owned(), "0:03.3".to_owned(), "1:00".to_owned())
    );
    assert_eq!((span(11_000), span(8_900_000), span(9_000_000)), ("11 ms".to_owned(), "8.9 s".to_owned(), "9 s".to_owned()));
    assert_eq!(
        (speed(4_167, Lang::En), speed(1_000_000, Lang::En), speed(100_000_000, Lang::En)),
        ("1/240×".to_owned(), "1×".to_owned(), "100×".to_owned())
    );
}

#[test]
fn the_browser_s_language_is_understood() {
    // First visit: the browser's language; other tags that merely begin with the same letters are not Korean.
    assert_eq!(
        [Lang::from_tag("ko-KR"), Lang::from_tag("ko"), Lang::from_tag("kok-IN"), Lang::from_tag("en-US")],
        [Lang::Ko, Lang::Ko, Lang::En, Lang::En]
    );
}

#[test]
fn every_word_has_both_languages() {
    // An empty label is a button that nobody can name.
    for &word in Word::ALL {
        assert!(!word.of(Lang::En).is_empty() && !word.of(Lang::Ko).is_empty(), "{word:?}");
    }
}
