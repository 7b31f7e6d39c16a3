"""Know the words that sentences about tools are made of, and what a free string is likely to be."""

from __future__ import annotations


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ASKING = _words(
    "get fetch read query lookup retrieve return returns find show list tell give describe report check"
)
"""Verbs after which the thing asked for can stand alone: "get weather", "what is the weather"."""
ACTING = _words(
    "add ask book build buy calculate call cancel change choose clear close compare compute convert "
    "count create cut decrease delete divide do draw export filter flip generate go guess increase "
    "insert join load lock make measure merge move multiply open order pause pick place play plot post "
    "predict press print put remind remove rename repeat reset restart resume roll run save say "
    "schedule search select send set shuffle sort spell start stop store subtract sum summarize take "
    "test toggle toss train translate turn unlock update visualize wait wake write"
)
PREPOSITIONS = _words("in for of on at from to with by about as into between over per than during")
ARTICLES = _words("a an the some this that given each any all my your its their")
ENDINGS = _words("given using based which where that returning returns if when so as e by")
QUANTITIES = _words("one two only every all me us")
COUNTS = _words("count n k number times amount quantity")
UNFINISHED = _words(
    "a an and are at because but by can could for from how i in into is it's like my of on or please so than "
    "that the their then to um uh was what what's when where which who will with would your"
)
"""Words that no sentence ends with."""

CITIES = _names(
    "Paris, Amsterdam, Athens, Bangkok, Barcelona, Beijing, Berlin, Boston, Brussels, Budapest, Cairo, "
    "Chicago, Copenhagen, Dallas, Delhi, Denver, Dubai, Dublin, Frankfurt, Geneva, Hamburg, Helsinki, "
    "Hong Kong, Istanbul, Jakarta, Lisbon, London, Los Angeles, Madrid, Melbourne, Mexico City, Miami, "
    "Milan, Montreal, Moscow, Mumbai, Munich, Nairobi, New York, Oslo, Prague, Rome, San Francisco, "
    "Seattle, Seoul, Shanghai, Singapore, Stockholm, Sydney, Tokyo, Toronto, Vancouver, Vienna, Warsaw, "
    "Washington, Zurich"
)
COUNTRIES = _names(
    "France, Argentina, Australia, Austria, Belgium, Brazil, Canada, Chile, China, Denmark, Egypt, "
    "England, Finland, Germany, Greece, India, Indonesia, Ireland, Israel, Italy, Japan, Kenya, Mexico, "
    "Morocco, Netherlands, New Zealand, Nigeria, Norway, Peru, Poland, Portugal, Russia, South Africa, "
    "South Korea, Spain, Sweden, Switzerland, Turkey, Ukraine, United Kingdom, United States, Vietnam"
)
DAYS = _names("tomorrow, today, yesterday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
MONTHS = _names(
    "January, February, March, April, May, June, July, August, September, October, November, December"
)
COLORS = _names("blue, black, brown, gray, green, orange, pink, purple, red, white, yellow")
LANGUAGES = _names(
    "German, Arabic, Chinese, Dutch, English, French, Greek, Hindi, Italian, Japanese, Korean, Polish, "
    "Portuguese, Russian, Spanish, Swedish, Turkish"
)
FIRST_NAMES = _names(
    "Elizabeth, Daniel, Alice, Anna, Bob, Carol, Charlie, David, Emily, Emma, Eve, George, Grace, Henry, "
    "Jack, James, Jane, John, Julia, Kate, Laura, Linda, Maria, Mark, Mary, Michael, Nina, Oliver, Paul, "
    "Peter, Robert, Sarah, Sophia, Susan, Thomas, Tom, William"
)
ROOMS = _names("kitchen, bathroom, bedroom, living room, dining room, office, garage, garden, hall")

_KINDS = (
    (("city", "town", "location", "place", "destination", "origin"), CITIES),
    (("country", "nation"), COUNTRIES),
    (("day", "weekday", "date", "when"), DAYS),
    (("month",), MONTHS),
    (("color", "colour"), COLORS),
    (("language", "lang"), LANGUAGES),
    (("person", "who", "user", "customer", "employee", "friend", "contact"), FIRST_NAMES),
    (("room",), ROOMS),
)


def likely_values(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return well-known values of a parameter named by ``words``; () when its kind isn't known."""
    for names, values in _KINDS:
        if any(word in names for word in words):
            return values
    return FIRST_NAMES if words in (("name",), ("first", "name")) else ()
