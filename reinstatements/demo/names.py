"""Invented names in many scripts. A word that is not in Latin letters has them, for the mail address, after a bar."""

import re
import unicodedata
from dataclasses import dataclass

PLAIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "þ": "th", "ð": "d", "đ": "d"})


@dataclass(frozen=True)
class Names:
    """Given and family names that go together; ``languages`` are what their bearers are written to in."""

    weight: int
    languages: str
    given: str
    family: str
    family_first: bool = False

    def draw(self, rng):
        """Return a name as it is written and as it stands in a mail address."""
        given, family = rng.choice(self.given.split()), rng.choice(self.family.split())
        words = [word.replace("_", " ").partition("|")[0] for word in (given, family)]
        latin = [letters(word.partition("|")[2] or word) for word in (given, family)]
        return " ".join(reversed(words) if self.family_first else words), ".".join(latin)


def letters(word):
    """Return a word in plain small letters, as people write their names in a mail address."""
    apart = unicodedata.normalize("NFD", word.casefold().translate(PLAIN))
    return re.sub(r"[^a-z0-9-]", "", apart)


GERMAN = Names(
    46,
    "de de de de de de de de en",
    "Anja Björn Brigitte Christoph Dörte Emil Frieda Gökhan Günther Hannelore Hans-Peter Heike Jörg Jürgen Käthe"
    " Karl-Heinz Lena Lukas Marie-Luise Maximilian Mia Noah Oskar Petra Rainer Rüdiger Sabine Sören Theresa Ute Wiebke",
    "Ackermann Bäcker Böhm Brandt Dürr Eichhorn Fröhlich Fuchs Gärtner Groß Großmann Häußler Hoffmann Jäger Jürgens"
    " Kaiser Köhler Krämer Krüger Lindemann Löwe Meier-Schulz Möller Müller Nägele Öztürk Pfeiffer Röder Schäfer"
    " Schröder Süßmuth Thoma Überall von_der_Heide Vogel Weiß Wüst Zöllner",
)
FRENCH = Names(
    9,
    "fr fr de",
    "Adèle Anaïs Aurélie Benoît Chloé Clément Édouard Éloïse François Gaëlle Hélène Jérôme Loïc Maëlys Noël Zoé",
    "Aubert Bélanger Béranger D'Aubigné Delacroix Évrard Fournier Girard L'Hôte Lefèvre Léger Noël Père Rousseau",
)
SPANISH = Names(
    9,
    "es es de",
    "Álvaro Begoña Concepción Íñigo Inés Jesús José_Ángel Lucía María_José Martín Nuria Óscar Raúl Sofía Verónica",
    "Álvarez Castaño Domínguez Fernández Gutiérrez Ibáñez Jiménez López Muñoz Núñez Ordóñez Peña Sáenz Velázquez",
)
ENGLISH = Names(
    9,
    "en",
    "Abigail Aoife Callum Deirdre Ethan Fiona Gareth Imogen Liam Niamh Oliver Priya Rhys Seán Siobhán Zara",
    "Adeyemi Campbell Davies Fitzgerald Hughes MacLeod McCarthy Ní_Bhriain O'Brien Ó_Sé Patel Singh Smith-Jones",
)
JAPANESE = Names(
    1, "en", "美咲|misaki 健太|kenta さくら|sakura", "佐藤|sato 高橋|takahashi 渡辺|watanabe", family_first=True
)
AMERICAN = Names(
    1,
    "en",
    "Aaliyah Brandon Carlos Denise Dwayne Emily Hannah Jamal Kayla Luis Megan Minh Rosa Tyler Wyatt Xiomara",
    "Baker Cruz Delgado Foster Greene Hayes Jackson Kim Murphy Nguyen Okafor Ramirez Schultz Torres Whitfield Young",
)
MEXICAN = Names(
    1,
    "es",
    "Alejandra Beto Citlali Diego Guadalupe Itzel José_Luis Julieta Martín Rocío Ximena Yael",
    "Aguilar Cárdenas Cuéllar Domínguez Guzmán Iturbide Juárez López_Obregón Nájera Peña Xolalpa Zúñiga",
)
MAGHREBI = Names(
    1,
    "fr",
    "Amina Bilal Chérifa Djamel Farida Idir Kahina Mehdi Nawel Rachid Sofiane Yasmine",
    "Amrouche Belkacem Benyahia Bouzid Chaoui Djebbar El_Fassi Haddad Mansouri Ouali Saïdi Ziani",
)
ISLANDS = Names(
    1,
    "fr",
    "Anaïs Christophe Élodie Fabrice Gaëtane Jean-Marc Lindsay Ludovic Marie-Josée Rosemay Steeve Yolène",
    "Adélaïde Boyer Cadet Duféal Grondin Hoarau Jean-Baptiste Lucenay Payet Rosélie Sainte-Rose Técher",
)
INDIAN = Names(
    1,
    "en",
    "Aditi Arjun Deepa Ishaan Kavya Lakshmi Manoj Nandini Rahul Sunita Vikram Zoya",
    "Banerjee Chatterjee Deshpande Iyer Khan Menon Nair Patil Rao Sharma Subramanian Verma",
)
TURKISH = Names(
    9,
    "de de de tr",
    "Ayşe Burak Çağla Deniz Elif Emre Fatih Gülşen Hüseyin İbrahim Kerem Meryem Özge Şeyma Tuğba Yağmur",
    "Aydın Çelik Demir Doğan Güneş Kaya Kılıç Öztürk Şahin Şimşek Yıldız Yılmaz",
)
TABLE = (
    GERMAN,
    TURKISH,
    FRENCH,
    SPANISH,
    ENGLISH,
    Names(
        5,
        "de pl",
        "Agnieszka Bożena Łukasz Małgorzata Mirosław Paweł Stanisław Żaneta",
        "Dąbrowski Gołębiowska Kowalczyk Łukaszewicz Nowak Pawłowska Śliwiński Wójcik Żak",
    ),
    Names(
        3,
        "en de",
        "Ólafur Þóra Åsa Bjørn Søren Märta Ľubica Řehoř Jiří Ágnes João Conceição",
        "Jónsdóttir Ødegård Åkesson Dvořák Kovács Nagy Šťastný Țepeș Araújo Gonçalves",
    ),
    Names(
        2,
        "de en",
        "Ольга|olga Дмитрий|dmitri Оксана|oksana Сергій|serhii Наталія|nataliia Иван|ivan",
        "Коваленко|kovalenko Шевченко|shevchenko Иванова|ivanova Петренко|petrenko Соколов|sokolov",
    ),
    Names(
        2,
        "de en",
        "Ελένη|eleni Γιώργος|giorgos Κατερίνα|katerina Νίκος|nikos",
        "Παπαδάκη|papadaki Οικονόμου|oikonomou Γεωργίου|georgiou Σταύρου|stavrou",
    ),
    Names(
        2,
        "de en fr",
        "ليلى|layla محمد|mohammed فاطمة|fatima يوسف|yousef نور|nour كريم|karim",
        "حداد|haddad العلي|al-ali منصور|mansour الخطيب|al-khatib زيدان|zidan",
    ),
    Names(
        1,
        "en de",
        "נועה|noa יונתן|yonatan תמר|tamar אבי|avi",
        "לוי|levi כהן|cohen מזרחי|mizrahi ברק|barak",
    ),
    JAPANESE,
    Names(
        1, "en de", "小明|xiaoming 丽华|lihua 伟|wei 欣怡|xinyi", "王|wang 李|li 陈|chen 欧阳|ouyang", family_first=True
    ),
    Names(1, "en", "आरव|aarav प्रिया|priya अनन्या|ananya", "शर्मा|sharma गुप्ता|gupta वर्मा|varma"),
    Names(1, "de en", "Hương Đức Thảo Ngọc", "Nguyễn Trần Lê Phạm Đặng", family_first=True),
)


def draw(rng, among=TABLE):
    """Return a name, its Latin spelling and the language its bearer is written to in."""
    names = rng.choices(among, [names.weight for names in among])[0]
    return *names.draw(rng), rng.choice(names.languages.split())
