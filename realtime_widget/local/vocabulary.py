"""Know the words that sentences about tools are made of, and what a free string is likely to be."""

from __future__ import annotations

from collections.abc import Collection


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ASKING = _words(
    "check describe fetch find get give list look lookup obtain provide query read report retrieve return "
    "returns show tell"
)
"""Verbs after which the thing asked for can stand alone: "get weather", "what is the weather"."""
TELLING = _words("get fetch read retrieve return returns report obtain provide give tell lookup")
"""Those of them that become "what is the …"; the others are said as they are: "find the outliers"."""
ACTING = _words(
    "activate add adjust alert analyze append apply arm ask assign attach authenticate average block book "
    "boost brew build buy calculate call cancel change charge choose clean clear click close cluster "
    "collect compare compute configure confirm connect convert copy count create crop cut deactivate "
    "decode decrease delete deploy detect determine dim disable discard disconnect divide do double "
    "download drain draw drop edit email enable encode encrypt erase escalate estimate evaluate examine "
    "execute explain explore export extract fill filter finish fire fit flash flip focus follow format "
    "forward generate go group guess halve hang hide highlight identify ignore import increase index "
    "initialize insert inspect install invert invite join keep kill label launch learn lift light like "
    "limit load lock log lower make mark match measure merge move multiply mute name negate normalize "
    "notify open optimize order paint park pause pay pick ping place plan play plot post pour predict "
    "preheat prepare press print process project publish pull push put raise randomize rank rate "
    "recommend record reduce refresh refund register reject reload remember remind remove rename render "
    "reorder repeat replace reply request reschedule reserve reset resize resolve restart restore resume "
    "reverse revert rewind ring roll rotate round run sample save say scale scan schedule score search "
    "select send set share shift shuffle shut simulate skip sleep solve sort speak spell spin split "
    "squeeze stack start stop store stream submit subscribe subtract suggest sum summarize suspend swap "
    "switch sync take test throw toggle toss track train transfer transform translate transpose trigger "
    "trim turn undo uninstall unlock unmute unpack update upgrade upload use validate verify vibrate "
    "visualize vote wait wake warm wash water withdraw write zip zoom"
)
NOUNS_TOO = _words(
    "average book charge cluster email estimate fire group guess index label limit log match order plan "
    "process project query rank rate record report sample scale score stack store stream test track "
    "vote water"
)
"""Verbs that are as often nouns: "order status" isn't an order."""
HARMLESS = _words(
    "average calculate compare compute convert count describe determine divide draw estimate evaluate "
    "examine explain flip guess inspect list multiply plot predict rank roll sample sum summarize toss "
    "translate visualize"
)
"""Verbs that change nothing in the world."""
CHANGING = _words("set change adjust update increase decrease raise lower turn reset resize dim")
"""Verbs after which a value follows with "to"."""
MOVING = _words("move shift rotate scale zoom increase decrease multiply divide")
"""Verbs after which a number follows with "by"."""
WONDERING = _words("how what which who whose when where whether if why")
PREPOSITIONS = _words(
    "about above across after as at before below between by during for from in into of on over per than "
    "through to under until via with within"
)
ARTICLES = _words("a an the some this that given each any all my your its their")
ENDINGS = _words("given using based which where that returning returns if when so as e by")
QUANTITIES = _words("one two only every all me us")
COUNTS = _words("count n k number times amount quantity limit top")
COUNTED = _words("people children men women dice mice feet times")
"""Plurals without an s, and what ends with one anyway."""
GENERIC = _words(
    "a amount b c count d first float i integer k m n num number quantity second val value x y z"
)
"""Names of numbers that tell nothing about them."""
IDENTIFYING = _words("id number no code key name index ids num")
PLACES = _words(
    "room device area zone sensor appliance floor machine place location lamp light side corner store shop "
    "building station"
)
"""What is named with an article: "in the kitchen"."""
MASS_NOUNS = _words("priority quality resolution mode speed severity")
ADJECTIVES = MASS_NOUNS | _words(
    "door gate window model method algorithm button chart kernel engine line team account"
)
"""Parameters whose values stand before their name, "the front door"; mass nouns without an article."""
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


_PEOPLE = _words(
    "person people customer user employee friend contact guest client patient student member colleague greet "
    "greets greeting hello welcome welcomes invite invites meet"
)


def likely_values(words: tuple[str, ...], about: Collection[str] = ()) -> tuple[str, ...]:
    """Return well-known values of a parameter named by ``words``; () when its kind isn't known.

    Args:
        words: The words of the parameter's name.
        about: The words of the tool's name and description: they tell whose name a "name" is.
    """
    for names, values in _KINDS:
        if any(word in names for word in words):
            return values
    if words in (("first", "name"), ("full", "name")) or (words == ("name",) and _PEOPLE.intersection(about)):
        return FIRST_NAMES
    return ()
