"""Files for imports: workbooks written part by part, and runs of the page's service."""

import io
import zipfile

from django_scopes import scope

from accounts.imports import layouts, store
from accounts.services import import_runs
from accounts.uploads import SealedUpload

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows="", *, strings=None, styles="", properties="", sheets=1, **parts):
    """Return the bytes of a workbook whose first sheet holds ``rows``, XML after ECMA-376."""
    named = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, sheets + 1))
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATION}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, sheets + 1)
    )
    content = {
        "xl/workbook.xml": f'<workbook xmlns:r="{RELATION}">{properties}<sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    for number in range(2, sheets + 1):
        content[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    if strings is not None:
        content["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    if styles:
        content["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (content | parts).items():
            archive.writestr(name, text)
    return packed.getvalue()


def row(number, *cells):
    return f'<row r="{number}">{"".join(cells)}</row>'


def said(text, at=""):
    """A cell with its text in it."""
    return f'<c{at} t="inlineStr"><is><t>{text}</t></is></c>'


def read(content, **layout):
    """Return the lines of a file as ``(line, values, problems)``, read as it looks."""
    file = io.BytesIO(content)
    found = layouts.look(file)
    found = layouts.Layout.load(found.stored() | layout)
    file.seek(0)
    return [(cells.line, list(cells.values.values()), cells.problems) for cells in layouts.lines(file, found)]


def uploaded(content, name="customers.csv"):
    writer = store.Writer()
    writer.write(content)
    writer.close()
    return SealedUpload(writer, name, "text/csv", is_too_large=False)


def prepared(client, actor, content, name="customers.csv", kind="accounts"):
    """Hand a file in, as the page does."""
    with scope(client=[client.pk]):
        return import_runs.upload(client, kind, uploaded(content, name), actor=actor)


def started(run, actor, columns=None, is_dry_run=False, **settings):
    """Ask for a run to be done; each of ``columns`` feeds the field of its name, the number unless told."""
    layout = layouts.Layout.load(run.layout)
    columns = columns or {"number": "number"}
    with scope(client=[run.client_id]):
        asked = {"columns": columns, "date_format": "", "time_zone": "", "currency": "", "decimal": ""} | settings
        return import_runs.start(run, actor=actor, settings=asked, layout=layout, is_dry_run=is_dry_run)
