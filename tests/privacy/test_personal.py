"""Phones, e-mails and names in free text, however they are written; what is innocent stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.privacy.personal import (
    LONGEST,
    find_personal,
    mask,
    outline,
    redact,
    redact_title,
    scrub,
)
from sheets_sync.sources import source_title

PHONES = [
    "https://wa.me/79165550101?text=hi",
    "viber://chat?number=%2B79165550101",
    "8 916 123-45-67",
    "звонил +7(916)1234567 вечером",
    "79161234567",
    "9161234567",
    "8-916-123-45-67",
    "(495) 123-45-67",
    "+375 29 123-45-67",
    "тел.89161110001",
    "тел9161110001",
    "мама89161234567",
    "дочь=89161234567",
    "phone=79161110001",
    "wa_79161234567",
    "916-111-0002",
    "(916)1110003",
    "8/916/111/00/02",
    "8_916_111_00_02",
    "916.111.00.02",
    "８９１６１１１０００２",
    "8\u200b916\u200b111\u200b00\u200b02",
    "8 9 1 6 1 2 3 4 5 6 7",
    "٨٩١٦١٢٣٤٥٦٧",
    "375291234567",
    "996 555 123 456",
    "77011234567",
    "7%28916%29%201234567",
    "(3412) 12-34-56",
    "тел. 223-45-67",
    "звонил с городского 8462001234",
    "8916555OO17",
    "8916555ОО17",
    "89l65З50017",
    "В 916 5б5-OO-17",
    "+7 916 один два три сорок пять шестьдесят семь",
    "восемь девятьсот шестнадцать сто двадцать три сорок пять ноль семь",
    "8 nine one six five five five zero zero one seven",
    "00 49 30 1234567",
    "8-10-49-30-1234567",
    "011 44 20 7946 0958",
    "0033-6-12-34-56-78",
    "8 : 916 : 555 : 00 : 17",
    "8•916•555•00•17",
    "8x916x555x00x17",
    "восемьдевятьодиншестьпятьпятьпятьнольнольодинсемь",
    "8 девятьсот шестнадцать 555 00 17",
    "+79|65550017",
    "т. 5550017",
    "8 916 пять и пять и пять и ноль и ноль и один и семь",
    "❽❾❶❻❺❺❺⓿⓿❶❼",
    "8\ufe0f\u20e39\ufe0f\u20e31\ufe0f\u20e36\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e30\ufe0f\u20e30\ufe0f\u20e31\ufe0f\u20e37\ufe0f\u20e3",
]
EMAILS = [
    "пишите на masha@mail.ru",
    "masha(at)mail.ru",
    "masha [at] mail.ru",
    "masha собака mail точка ру",
    "masha%40mail.ru",
    "masha%2540mail.ru",
    "masha&#64;mail.ru",
    "masha＠mail.ru",
    "masha @ mail.ru",
    '"masha m"@mail.ru',
    "x@mail",
    "мария@почта.рф",
    "plan17_at_mail_ru",
    "plan17-at-clinic.ru",
    "plan17 at mail dot ru",
    "plan17собакаmail.ru",
    "plan17собачкаyandex.ru",
    "plan17@@mail.ru",
    "plan17@mail-ru",
    "plan17_собака_clinic_точка_ru",
    "plan17 эт яндекс точка ру",
    "plan17(a)mail.ru",
    "plan17*at*mail.ru",
    "'ivan p'@mail.ru",
    "«masha»@mail.ru",
    "masha@clinic[.]ru",
    "masha@почта,рф",
    "masha@mailрф",
    "plan.17#mail.ru",
    "plan.17 mail.ru",
    "plan17gmail.com",
    "plan17 на mail.ru",
    "plan17[@]mail.ru",
    "plan17~at~mail.ru",
    "plan.17 at gmail",
    "почта plan17 rambler",
    "e-mail plantest mail.ru",
]
PRIVATE = [
    "паспорт 4510 123456",
    "пасп. 45 10 №123456",
    "серия 4510 номер 123456",
    "загранпаспорт 75 1234567",
    "СНИЛС 112-233-445 95",
    "112-233-445 95",
    "полис ОМС 7754 1208 2100 1234",
    "ИНН 500100732259",
    "карта 4276 3801 2233 4455",
    "12.03.85 г.р.",
    "д.р. 12.03.1985",
    "род. 5 марта 1985",
    "Плантова 12.03.1985",
    "ул. Ленина 15 кв 12",
    "Ленина, д.5, кв.12",
    "vk.com/id4455667",
    "t.me/plan_test85",
    "ok.ru/profile/571234567890",
    "тг @plan_test",
    "instagram: plan_test85",
    "skype:plan.test",
    "проживает: Баумана 44",
    "vk.com/write4455667",
    "instagram.com/plan_test77",
    "свидетельство о рождении IV-АН 123456",
    "skype.com/masha_plant",
]
NAMES = [
    "Тестова Мария Петровна",
    "ТЕСТОВА МАРИЯ ПЕТРОВНА",
    "от Иванова Ивана Ивановича",
    "Мария Петровна",
    "Марии Ивановне",
    "Тестова А. Б.",
    "А.Б. Тестова",
    "Пробный В. Г.",
    "Тестова А.",
    "И. Плантов",
    "иванов и.и.",
    "Иванов И",
    "Мария П.",
    "Иванов Иван",
    "Вера Павлова",
    "Плантовой Марии",
    "плантова мария",
    "Кузнецовой Насте",
    "Plantov Ivan",
    "ivan plantov",
    "Mariia Plantova",
    "Alexander Petrov",
    "Kim Irina",
    "Плантов_Иван",
    "ИвановИван",
    "Плантова-Тестова Мария",
    "Петрова-Водкина Анна",
    "Ким Ирина",
    "Ли Вера",
    "Дурново Иван",
    "Белых Анна",
    "Сидоренко Олег",
    "Маша Плантова",
    "саша иванов",
    "Алиева Лейла Ахмед кызы",
    "Мамедов Ахмед оглы",
    "Нурсултан Бакиров",
    "Плантова, Мария",
    "id Плантова Ида",
    "Мари\u0301я Плантова",
    "Плантoва Мария",
    "%D0%98%D0%B2%D0%B0%D0%BD%20%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2",
    "Цой Анна",
    "Киры Цой",
    "Светка Козлова",
    "козловой светочке",
    "Серёге Плантову",
    "Степанида Круглик",
    "лигай никодим",
    "ильгизу кличко",
    "Алёна Хмурая",
    "Санька Береговой",
    "Никодим Заяц",
    "Рубан Ольга",
    "Седых Марина",
    "Пак Ульяна",
    "Ким Ю Ри",
    "Нгуен Ван Минь",
    "и.с. Плантов",
    "н. а. зимина",
    "плантов и.",
    "светлана п.",
    "Плантова НМ",
    "А. Чёрной",
    "Скляр В. 15.03",
    "Стрелков Никодим",
    "шашкова велимира",
    "Хмурая Анна Петровна",
    "Вугаром Васильевым",
    "Козлова Александр",
    "Шарапова|Мария",
    "Тимофій Шевченко",
    "Ирусёк Валиева",
    "Карелин Тилекбай",
    "пациент Козлова",
    "Tatyana Lukyanova",
    "ирина белая",
    "тихая оксана",
    "артём лебедь",
    "саша мороз",
    "Марк Дуб",
    "Лебедь Артём",
    "ФИО: Грач Валера",
    "в. малышко",
    "Малышко Вл. Ал.",
    "Крист. Плантова",
    "г-жа Кравчук",
    "п-ка Рябова",
    "муж Плантовой",
    "по совету Плантовой",
    "Рекомендация: Плантова",
    "Асанова Бегимай",
    "асемгуль плантова",
    "Шерзодбек Плантов",
    "Гульнара Юсуф кызы",
    "Rakhimov Jasur",
    "Aygün Əliyeva",
    "Ğabdullin İldar",
    "Mehmet Yilmaz",
    "Michael Johnson",
    "Ахмед аль Хасан",
    "Ван Сяомин",
    "врач Плантова",
    "врач - Рогозина",
    "Врач-стоматолог Шмидт",
    "консультация хирурга Плантова",
    "Записан к Плантовой на 15:00",
    "Приём у Плантовой",
    "хочет только к Плантовой",
    "Аванс от Громовой",
    "сертификат для Плантова",
    "оплата за Плантову",
    "менеджер Плантова",
    "админ Плантова отменила",
    "семья Плантовых",
    "перенос Плантовой на 15:30",
    "договор с Плантовым",
    "хочет к Рогожиной",
    "video_otzyv_rozenberg_alla",
    "от свекрови Плантовой",
    "коллега Плантова",
    "Д-р Плантова",
    "video_dr_plantova_15s",
    "врач «Цой»",
    "менеджер/Цой",
    "от «Плантовой»",
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "телефон") for text in PHONES),
        *((text, "e-mail") for text in EMAILS),
        *((text, "ФИО") for text in NAMES),
        *((text, "личное") for text in PRIVATE),
    ],
)
def test_personal_data_is_recognised(text: str, kind: str) -> None:
    assert find_personal(text) == kind
    assert find_personal(redact(text)) == ""
    assert find_personal(scrub(text)) == ""
    assert find_personal(f"сайт, {text}; перезвонить") == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Яндекс Директ — поиск",
        "Имплантация | Поиск | Москва",
        "имплантов шт.",
        "врач «Эстетика»",
        "стоматолог Invisalign",
        "от «Сбера»",
        "хирург/ортопед",
        "hot dog yandex",
        "stomatolog_detskiy",
        "врач sovetskiy",
        "имплантолог Nobel",
        "Запись к стоматологу: стоматолог Prodoctorov",
        "врач Straumann",
        "гигиенист airflow",
        "гагарина вл. 5",
        "филиал пушкина эт. 3",
        "адрес maps yandex",
        "8 9 10 11 12 13 три",
        "instagram.com/implant_clinic",
        "три дня подряд",
        "rsya_79161234567",
        "cid|79161234567|search",
        "ad=79161234567",
        "1700000000123456789",
        "70310001",
        "заказ 9161234567",
        "№ 9161234567",
        "12 500,00 ₽",
        "89 000 000 000 ₽",
        "9 900 000 000",
        "от 380 000 до 450 000",
        "350 000 - 450 000",
        "Имплантация за 19 900",
        "01.02.2026 10:30",
        "31.12.2026 10:00",
        "2026-03-15 12:30",
        "30.09.2026-31.10.2026",
        "20260501-20260531",
        "Неделя 02.02.2026 – 08.02.2026",
        "Июль 2026 · Директ — поиск · Имплантация",
        "ROMI 278 %, LTV ≥ 3 × CAC: уже выполнено за 90 дней",
        "Больница им. Н. И. Пирогова",
        "Роза Хутор",
        "Марьина Роща",
        "ул. Карла Маркса, 5",
        "Карла Маркса 5",
        "Площадь Льва Толстого",
        "клиника «Мария» Екатеринбург",
        "Мария, Кирова 5",
        "Ростов Мария",
        "Владимир, Киров, Ярославль",
        "Нижний Новгород",
        "стоматология владимир",
        "стоматолог королев",
        "Н. Новгород",
        "brand_maria_moscow",
        "linkedin maria",
        "implant_ekb_search_2026",
        "лечение каналов зубов",
        "Удаление зуба мудрости",
        "Вера Надежда Любовь",
        "роман с камнем",
        "Группа А. Москва",
        "Витамин Д",
        "Invisalign Anna",
        "Nobel Biocare",
        "All-on-4@msk",
        "@clinic_ekb",
        "romi@my-project.iam.gserviceaccount.com",
        "Стоматология Царевна",
        "file:exports/leads*.csv",
        "Модель: последний значимый",
        "собака друг человека",
        "укусила собака цена",
        "реклама mail ru",
        "ads_at_vk_com",
        "sale_at_msk",
        "GTM-5K2LZ8O",
        "семь раз отмерь, один отрежь",
        "один два три четыре пять шесть семь восемь девять десять",
        "рассрочка 0 0 12 24 36 48 мес",
        "ООО ЗОЖ, 3D и 5О",
        "Виктория Новая",
        "Мария Химмаш",
        "Диана Инвизилайн",
        "Мария Детская",
        "Большая Мария",
        "Санта Мария",
        "лечение зубов мария",
        "чистка зубов виктория цена",
        "стоматология вита дент",
        "ROMI новых пациентов",
        "Сколько п.п. дала клиника",
        "г.о. Королёв, р.п. Кольцово",
        "м. Пушкинская",
        "Малышева 51",
        "Вариант Б. Имплантация",
        "Малышева Уктус",
        "Мельников Дентал",
        "ш. Репина, д. 8",
        "п. Пушкин",
        "алл. Есенина, д. 61",
        "Мария|Москва|Поиск",
        "Новый пациент; Киров",
        "клиент: Москва",
        "Пирогова КТ",
        "Анна Дент",
        "Белая Роза",
        "Роза Белая",
        "белая улыбка вера",
        "Марина Белая Улыбка",
        "виктория дешевая клиника",
        "Алма-Ата",
        "Тель-Авив",
        "от пациента",
        "Муж пациентки",
        "Друг порекомендовал",
        "полис ОМС 2026",
        "1 кв. 2026",
        "Ленина, д. 5, оф. 3",
        "договор 45-10/123456",
        "карта № 33410187",
        "запись на 12.03.2026",
        "10|20|30|40|50|60",
        "Instagram @clinic_ekb",
        "t.me/belaya_ulybka",
        "target mail.ru",
        "mail.ru",
        "Мастер Ольга",
        "проживание 2 ночи",
        "прописан курс 10",
        "дети 2015 г.р.",
        "top10 mail ru",
        "Бориса Богаткова 22",
        "врач Лор",
        "врач ЭКО, Петербург",
        "Врач Года",
        "Запись к Гинекологу",
        "Хочет к Женщине",
        "Запись у метро Чернышевская",
        "Приём у Метро Чернышевская",
        "Доктор Мартин",
        "Клиника доктора Бубновского",
        "dr_house_video",
        "Dr. Martin",
        "Гинеколог Чехов",
        "стоматолог Гоголя",
        "терапевт Тельмана 12",
        "космонавта Леонова",
        "маршала Жукова",
        "5 минут от Гагарина",
        "ближе к Кирову",
        "для Новой клиники",
        "Приём Основной",
        "визит Первой",
        "с Новым годом",
        "с Ангиной",
        "Запись Малышева 51",
        "филиал на Петра Сумина",
        "за Ангину",
        "Семья Плюс",
        "t.me/clinic_smile_2",
        "имплант Нобель Реплейс",
        "брекеты Клариты Адванст",
        "аппарат Виктория Слим",
        "рефлюкс по Савари-Миллеру",
    ],
)
def test_what_is_not_personal_is_left_alone(text: str) -> None:
    assert find_personal(text) == ""
    assert redact(text) == text
    assert scrub(text) == text


@pytest.mark.parametrize("text", ["79161234567", "9161234567", "rsya_79161234567", "375291234567"])
def test_digits_in_a_row_are_ids_in_columns_of_marks(text: str) -> None:
    assert find_personal(text, bare=False) == ""
    assert find_personal(f"тел {text.removeprefix('rsya_')}", bare=False) == "телефон"


def test_scrubbing_drops_a_cell_with_a_phone_and_cuts_out_a_name() -> None:
    assert scrub("сайт, тел. 8 916 123-45-67") == ""
    assert scrub("Приём Орлов П. С.") == "Приём"
    assert scrub("banner_plantov_ivan_v2") == "banner_ _v2"
    assert scrub("Орлов П. С.", names=False) == "Орлов П. С."


def test_a_text_longer_than_any_campaign_is_cut_and_no_phone_is_parted() -> None:
    assert scrub("слово " * 1000) == ("слово " * 1000)[:LONGEST]
    assert scrub("x " * (LONGEST // 2 - 3) + "8 916 123-45-67") == ""


def test_a_masked_example_is_short_and_shows_no_long_number() -> None:
    assert mask("31.02.2026 10:00") == "31.02.2026 10:00"
    assert mask("8 916 12 34 5") == "•••"
    assert mask("паспорт 45 10 123456") == "паспорт [личное]"
    assert mask("Тестова Мария Петровна, 8 916 123 45 67") == "[имя], [телефон]"
    assert len(mask("слово " * 100)) == 40


def test_an_outline_shows_digits_signs_and_known_words_alone() -> None:
    words = {"перезвонить", "руб"}
    assert outline("Плантов Иван ВИЧ+ перезвонить", words) == "[имя] •••+ перезвонить"
    assert outline("12,5 руб", words) == "12,5 руб"
    assert outline("грипп 10:00", words) == "••••• 10:00"
    assert outline("masha@mail.ru", words) == "[e-mail]"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Козлова.xlsx", "[имя].xlsx"),
        ("иванова_выгрузка.csv", "[имя]_выгрузка.csv"),
        ("zvonki_plantova.csv", "zvonki_[имя].csv"),
        ("Плантов 89165550101", "[имя] [телефон]"),
        ("Расходы марта 2026.csv", "Расходы марта 2026.csv"),
        ("rashody_avgust.csv", "rashody_avgust.csv"),
        ("leads_moscow.csv", "leads_moscow.csv"),
        ("Яндекс Директ Поиск.csv", "Яндекс Директ Поиск.csv"),
        ("zayavok_vizitov.csv", "zayavok_vizitov.csv"),
        ("Самара Гагарина 30.xlsx", "Самара Гагарина 30.xlsx"),
        ("Отчёт_для_Громовой_март.csv", "Отчёт_для_[имя]_март.csv"),
        ("Клиника Мария.xlsx", "Клиника Мария.xlsx"),
        ("Авито расходов лидов", "Авито расходов лидов"),
    ],
)
def test_the_name_of_a_file_or_a_sheet_bears_no_surname(title: str, shown: str) -> None:
    assert redact_title(title) == shown


def test_two_sources_called_after_people_stay_two() -> None:
    one, other = (source_title(f"file:exports/{name}.csv") for name in ("Козлова", "Плантова"))
    assert one != other
    assert one.startswith("exports/[имя].csv #")
    assert source_title("file:exports/leads.csv") == "exports/leads.csv"


HOSTILE = [
    "а", "a", "1", "1 ", "8 9", "@", "a@", "x@mail", "(", "[", "(at)", " at ", "Иванов ", "А.Б. ",
    "Иванов Иван ", "АбАб", "+7", "(916)", "0O", "один ", "00 4", "8:", " эт ", "собака", "'", "Ю ", "%25", "&a", "тел ", "кв 1 ", "12.03.85 ", "д.р. ", "омс 1", "1-", "a.1 mail", "мама ", "врач Плантова ", "приём у Цой ", "для Громовой ", "t.me/", "имплант Нобель ", "Ли Сяомин ", "Ал. ", "tg @", "\u200b", "⑧", "01.02.2026 ", '"', ". ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_longest_cell_of_a_spreadsheet_takes_no_longer_than_its_length(piece: str) -> None:
    cell = (piece * 32_768)[:32_768]
    begin = time.process_time()
    scrub(cell)
    mask(cell)
    assert time.process_time() - begin < 0.5
    begin = time.process_time()
    find_personal(cell)  # a log line is read whole
    assert time.process_time() - begin < 5


@given(st.text(max_size=60))
def test_nothing_personal_is_left_of_any_text(text: str) -> None:
    assert find_personal(redact(text)) == ""
    assert find_personal(scrub(text)) == ""


@given(
    st.sampled_from(PHONES + EMAILS + NAMES + PRIVATE),
    st.sampled_from(PHONES + EMAILS + NAMES + PRIVATE),
)
def test_nothing_personal_is_left_of_two_people(one: str, other: str) -> None:
    assert find_personal(redact(f"{one}, {other}")) == ""
