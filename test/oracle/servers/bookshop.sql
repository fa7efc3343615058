-- Authors, books, tags and reviews, for servers that generate an API from tables. Every value is the same in each run.
create table authors(id serial primary key, name text not null, country text, born int);
create table books(id serial primary key, author_id int references authors on delete cascade, title text not null, pages int not null default 100, price numeric(24, 12) not null default 9.990000000001, in_print boolean not null default true);
create table reviews(id serial primary key, book_id int not null references books on delete cascade, reviewer text not null, stars int not null, body text);
create table tags(id serial primary key, label text unique not null);
create table books_tags(book_id int references books on delete cascade, tag_id int references tags on delete cascade, primary key(book_id, tag_id));
create index on books(author_id); create index on reviews(book_id);
insert into authors(name, country, born) select 'Author '||i, (array['PT', 'GB', 'JP'])[1+i%3], 1900+i from generate_series(1, 7) i;
insert into books(author_id, title, pages, in_print) select 1+i%7, 'Book '||i||' '||chr(97+i%4), 50+(i*31)%400, i%3 > 0 from generate_series(1, 25) i;
insert into reviews(book_id, reviewer, stars, body) select 1+i%25, 'r'||i%6, 1+i%5, 'body '||i from generate_series(1, 50) i;
insert into tags(label) select 'tag'||i from generate_series(1, 5) i;
insert into books_tags select distinct 1+i%25, 1+i%5 from generate_series(1, 40) i;
