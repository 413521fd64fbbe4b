-- name: registered_products
-- How many files does the file catalog have of each of these products?
SELECT p.number, COUNT(*) AS files
FROM RECORDS(:products) AS p(number int, dsttype text, dataset text, tag text)
JOIN datasets d ON d.dsttype = p.dsttype AND d.tag = p.tag AND d.dataset = p.dataset
GROUP BY p.number;
