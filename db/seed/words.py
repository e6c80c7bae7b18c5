"""The words that seeded texts are made of; those that stand first are used the most."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADJECTIVES = _words("""
quiet small early plain late narrow heavy bright cold steady common distant open rough slow warm careful empty
hidden broad patient crooked silver sudden useful brittle hollow lively modest northern pale ragged shallow tender
upright vivid weathered yellow ancient bitter clumsy drowsy eager faded gentle humble idle jagged keen lonely muddy
nimble odd proud restless stubborn thrifty uneven wary
""")

NOUNS = _words("""
harbour garden letter winter machine river market bridge kitchen window engine forest bakery lantern station
orchard library workshop ferry notebook meadow ladder compass kettle railway cellar quarry signal blanket carpenter
chimney drawer fountain glacier hammer island journal kingfisher lighthouse mountain needle oven paddock quilt
rooftop saddle teapot umbrella valley wagon yard anchor barrel candle dairy ember fiddle gravel hinge inkwell jetty
knot loom mill nursery otter pulley queue rudder sail thimble turnip vessel willow
""")

VERBS = _words("""
keeps finds carries follows leaves repairs crosses measures paints counts remembers borrows opens mends answers
gathers lifts outlasts polishes questions rewrites sharpens teaches unpacks visits weighs builds copies draws
empties folds guards hides invents joins lends moves names
""")

PREPOSITIONS = _words("""
near beyond behind under beside above across without past against
""")

# Any two of these make a rare word: what a search for something particular finds.
FIRST_HALVES = _words("""
amber ash barley birch black bramble briar clover copper crow dawn dusk elder ember fern flint fox frost glass gold
grey hazel heron holly iron ivy juniper larch linen lime marsh mist moss night oak otter peat pine plum rain raven
reed rose rowan rush rye sage salt sand shale slate sloe snow spruce star stone storm straw thistle thorn timber
tin wheat willow wind wren yarrow yew
""")

SECOND_HALVES = _words("""
bank barn beck bluff bourne brook cliff close cote court croft dale dell down edge end fall fell field ford garth
gate glen gorge grange green grove hall ham haven heath hill holm holt hurst keep lane lea ley lock lodge mead mere
mill moor mount mouth nook over park pass pool port ridge rise rock side slack spring stead stile thorpe thwaite
toft ton vale view ville wade wall water way well wharf wick wold wood worth yard
""")

FIRST_NAMES = _words("""
Ada Bela Cora Dario Edda Farid Greta Hanno Ines Jonas Kaja Leon Mira Nils Oona Pavel Quinn Rosa Selim Tilda Ulla
Viktor Wanda Xenia Yusuf Zora Amir Britt Ciro Dunja Emil Fenja Goran Helga Ivo Jette Kofi Lotte Milan Nura
""")
