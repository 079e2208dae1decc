"""The schema: made from nothing, brought up in place, and a newer one refused."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import archive.migrations
from archive.catalogue import Catalogue
from archive.errors import NotACollection
from archive.schema import REVISIONS, metadata

FOLDER = Path(str(archive.migrations.__file__)).parent


def test_the_revisions_are_those_of_the_folder() -> None:
    """What the code takes for the newest schema is the newest migration."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS


def test_the_migrations_make_the_tables_the_code_knows(tmp_path: Path) -> None:
    """Nothing is left to migrate after all migrations: tables, columns, keys and indexes agree."""
    path = tmp_path / "catalogue.db"
    Catalogue.open(path, create=True).close()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_partial_indexes_are_partial_in_the_file(tmp_path: Path) -> None:
    """What alembic does not compare: the condition of each index."""
    path = tmp_path / "catalogue.db"
    Catalogue.open(path, create=True).close()
    fresh = sqlite3.connect(":memory:")
    for statement in _ddl():
        fresh.execute(statement)
    assert _indexes(sqlite3.connect(path)) == _indexes(fresh)


def _ddl() -> list[str]:
    statements: list[str] = []
    engine = sa.create_mock_engine(
        "sqlite://", lambda sql, *_: statements.append(str(sql.compile(dialect=engine.dialect)))
    )
    metadata.create_all(engine, checkfirst=False)
    return statements


def _indexes(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    connection.close()
    return {" ".join(str(sql).split()) for (sql,) in found}


def test_a_newer_schema_is_refused_by_its_version(tmp_path: Path) -> None:
    """The message names both versions and what to do, and the file stays as it is."""
    path = tmp_path / "catalogue.db"
    Catalogue.open(path, create=True).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    for create in (True, False):
        with pytest.raises(
            NotACollection, match=f"schema 0999, this sourcekeep knows {REVISIONS[0]} to {REVISIONS[-1]}"
        ):
            Catalogue.open(path, create=create)


def test_an_older_catalogue_is_brought_up_in_place(tmp_path: Path) -> None:
    """One of the first version, with rows in it: opened, it has today's schema and all it had."""
    path = tmp_path / "catalogue.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[0])
        connection.exec_driver_sql("INSERT INTO hosts (key) VALUES ('kept.test')")
        connection.exec_driver_sql("INSERT INTO collection_meta (name, value) VALUES ('title', 'Ours')")
    engine.dispose()
    catalogue = Catalogue.open(path, create=False)
    assert catalogue.meta() == {"title": "Ours"}
    with catalogue.reading() as connection:
        assert connection.exec_driver_sql("SELECT key FROM hosts").scalars().all() == ["kept.test"]
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == REVISIONS[-1]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    catalogue.close()


def test_what_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    """Nothing there, an empty file, or somebody else's database."""
    with pytest.raises(NotACollection, match="does not exist"):
        Catalogue.open(tmp_path / "none.db", create=False)
    (tmp_path / "empty.db").touch()
    with pytest.raises(NotACollection, match="holds no catalogue"):
        Catalogue.open(tmp_path / "empty.db", create=False)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    for create in (True, False):
        with pytest.raises(NotACollection, match="holds no catalogue"):
            Catalogue.open(tmp_path / "other.db", create=create)
    (tmp_path / "link.db").symlink_to(tmp_path / "empty.db")
    with pytest.raises(NotACollection, match="symbolic link"):
        Catalogue.open(tmp_path / "link.db", create=True)


def test_a_half_made_catalogue_is_made_whole(tmp_path: Path) -> None:
    """A kill in the middle of making it leaves an empty file: the next run makes it."""
    path = tmp_path / "catalogue.db"
    path.touch()
    Catalogue.open(path, create=True).close()
    catalogue = Catalogue.open(path, create=False)
    assert catalogue.warcs() == []
    catalogue.close()


def test_an_up_to_date_catalogue_opens_without_alembic(tmp_path: Path) -> None:
    """Alembic takes longer to load than everything else: only a migration pays for it."""
    path = tmp_path / "catalogue.db"
    Catalogue.open(path, create=True).close()
    code = (
        "import sys; from pathlib import Path; from archive.catalogue import Catalogue; "
        "Catalogue.open(Path(sys.argv[1]), create=False).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_several_processes_may_make_it_at_once(tmp_path: Path) -> None:
    """Four that find no catalogue: one makes it, all open it."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        found = pool.map(_open, [tmp_path / "catalogue.db"] * 4, chunksize=1)
        pool.close()
        pool.join()
    assert found == [True] * 4


def _open(path: Path) -> bool:
    catalogue = Catalogue.open(path, create=True)
    opened = catalogue.meta() == {}
    catalogue.close()
    return opened
